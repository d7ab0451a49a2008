import { checkedBatches, DivergenceError, InterruptedError } from '@polytag/core';
import { assertFiniteWeights, faultOfStep } from '../fit/divergence.js';
import { modelsOf, trainableModels, type ModelsOptions } from '../fit/trainable-models.js';
import type { ReplicaModule } from '../replicas/replica-module.js';
import { startReplicas } from '../replicas/start-replicas.js';
import type { TrainingSettings } from '../settings/training-settings.js';
import { sourceOfNaN } from '../step/source-of-nan.js';
import { trainStep, type StepResult } from '../step/train-step.js';
import { dividedParameters } from './moving-parameters.js';
import type { Round } from './round.js';
import { assignWeights, optimisersFile, restoreOptimisers, weightsFile } from './share-files.js';

export interface TrainShareOptions extends ModelsOptions {
  /** Batches of the share: see `BatchPlanOptions.share` of @polytag/datasets. */
  readonly train: ModelsOptions['train'];
  /** Of the run, but `machines` is false. */
  readonly settings: TrainingSettings & { readonly replicas: number };
  readonly round: Round;
  /** `optimisersFile` that the share left after the round before. Absent in the first. */
  readonly optimisers?: Uint8Array;
  /** How another thread builds the same models and loss. Needed where `settings.replicas` is more than 1. */
  readonly replica?: ReplicaModule;
  readonly signal?: AbortSignal;
  readonly onStep?: (done: number) => void;
}

/** What a share has come to: files, and what its steps did. */
export interface TrainedShare {
  readonly steps: readonly StepResult[];
  readonly images: number;
  readonly diverged?: string;
  readonly weights: Uint8Array;
  readonly optimisers: Uint8Array;
}

/**
 * Trains one share of a round: the steps of the round on the share's part of each batch, from the common weights and the
 * share's own optimiser state. The result depends on nothing else, so any machine can repeat it. SAM, clipping, mutual
 * learning and freezing work as in a normal step.
 *
 * @throws InterruptedError `training/interrupted` after the signal: nothing is kept; and what a step throws
 */
export async function trainShare(options: TrainShareOptions): Promise<TrainedShare> {
  const { train, loss, settings, round, optimisers, signal, onStep } = options;
  const { microBatch } = round;
  const models = trainableModels(options, settings);
  const { moving, constant } = dividedParameters(modelsOf(options), models);
  assignWeights(round.constants, constant);
  assignWeights(round.weights, moving);
  try {
    const bound = models.map(({ optimiser }) => optimiser);
    if (optimisers) restoreOptimisers(optimisers, bound);
    models.forEach(({ schedule }, i) => {
      const state = round.schedules?.[i];
      if (state) schedule.memory?.restore(state);
    });
    const steps: StepResult[] = [];
    let images = 0;
    let diverged: string | undefined;
    const replicas = await startReplicas(options, { ...settings, microBatch });
    try {
      for await (const batch of checkedBatches(train, {
        role: 'training',
        epoch: round.epoch,
        fromBatch: round.batch,
      })) {
        if (signal?.aborted) throw new InterruptedError('training/interrupted', 'Training was stopped.');
        const place = {
          epoch: round.epoch,
          batch: round.batch + steps.length,
          step: round.step + steps.length,
        };
        images = batch.shape[0];
        const of = {
          loss,
          reduction: settings.reduction,
          epoch: place.epoch,
          step: place.step,
          microBatch,
        };
        try {
          const [done] = await trainStep(models, batch, {
            ...of,
            learningRate: settings.learningRate,
            replicas,
          });
          steps.push(done);
          if (steps.length === round.steps)
            await assertFiniteWeights(moving.flat(), { ...place, step: place.step + 1 });
        } catch (error) {
          const fault = await faultOfStep(error, place, batch, () => sourceOfNaN(models, batch, of));
          if (!(fault instanceof DivergenceError)) throw fault;
          diverged = fault.message;
          break;
        }
        onStep?.(steps.length);
        if (steps.length === round.steps) break;
      }
    } finally {
      await replicas?.close();
    }
    return {
      steps,
      images,
      ...(diverged !== undefined && { diverged }),
      weights: weightsFile(moving),
      optimisers: await optimisersFile(bound),
    };
  } finally {
    models.forEach(({ optimiser }) => optimiser.dispose());
  }
}
