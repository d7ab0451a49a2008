import { checkSource, DataError, UsageError, validate, type BatchSource, type Loss } from '@polytag/core';
import { engineName } from '@polytag/engine';
import type { Evaluation } from '@polytag/metrics';
import { composes, type MultiLabelModel } from '@polytag/model';
import type { StopReason } from '../early-stopping/early-stopping.js';
import type { EvaluatedScores } from '@polytag/evaluation';
import type { ReplicaModule } from '../replicas/replica-module.js';
import { checkLoss } from '../step/check-loss.js';
import { Replicas } from '../replicas/replicas.js';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { BestWeights } from '../run-folder/progress.js';
import { withRunFolder, type RunFolder } from '../run-folder/run-folder.js';
import {
  trainingSettingsSchema,
  type TrainingSettings,
  type TrainingSettingsInput,
} from '../settings/training-settings.js';
import { checkSinks, flushSinks, type MetricsSink } from '../sinks/metrics-sink.js';
import { tellSink } from '../sinks/tell-sink.js';
import type { FitEvent } from './fit-event.js';
import type { TrainableModel } from '../step/trainable-model.js';
import { modelsOf, trainableModels, type AuxiliaryModel } from './trainable-models.js';
import { checkReplicas, resolveSettings, type ResolvedSettings } from './resolve-settings.js';
import { Run } from './run.js';

export interface FitOptions {
  /** Trained in place: afterwards it has the weights of the last step. */
  readonly model: MultiLabelModel;
  /** Models that learn with it, each from the others: mutual learning (Zhang et al., 2018). Default: none. */
  readonly auxiliary?: readonly AuxiliaryModel[];
  /** Of all models, each with its own scale. */
  readonly loss: Loss;
  /** Images; or feature maps (`cacheFeatures`), of which the head learns while the backbone is frozen. */
  readonly train: BatchSource;
  /** Without it nothing is evaluated, and the last weights count as the best. */
  readonly validation?: BatchSource;
  /** How another thread builds the same model and loss. Needed where `settings.replicas` is more than 1. */
  readonly replica?: ReplicaModule;
  /** See `trainingSettingsSchema`. */
  readonly settings?: TrainingSettingsInput;
  /** The run folder: its path, or the opened one where the caller depends on its plan too (`openRunFolder`). */
  readonly folder: string | RunFolder;
  /** The seed that model and sources were made with: a run is resumed with the same one. */
  readonly seed: number;
  /**
   * Continue the run in `folder` from its latest checkpoint, or from the start if it died before the first. Default
   * false. Not asked where `folder` is opened: it has a plan.
   */
  readonly resume?: boolean;
  /** Called once nothing can be refused any more, before the first step. */
  readonly onStart?: () => void | Promise<void>;
  readonly report?: (event: FitEvent) => void;
  /** Where the figures go besides `metrics.jsonl`, e.g. `tensorboardSink(folder)`. */
  readonly sinks?: readonly MetricsSink[];
  /** Writes the README.md of `best/` from the scores of its weights. Default: a short text without scores. */
  readonly card?: (evaluation: Evaluation) => string;
  /** Told what the weights say of the validation images, each time that `best/` was replaced. */
  readonly onBest?: (judged: EvaluatedScores) => void | Promise<void>;
  /** When it fires, `fit` finishes the step, saves and throws. */
  readonly signal?: AbortSignal;
}

export interface FitResult {
  readonly epochs: number;
  readonly steps: number;
  /** One entry an epoch, the lines of `metrics.jsonl`. */
  readonly metrics: readonly EpochMetrics[];
  /** Absent when nothing was evaluated. */
  readonly best?: BestWeights;
  /** Why the run ended before its last epoch. */
  readonly stopped?: StopReason;
  /** The model folder with the best weights. */
  readonly bestFolder: string;
}

/**
 * Trains a model and keeps everything about it in a run folder: `metrics.jsonl`, `checkpoints/last/`, `best/`, and
 * auxiliary models, once they are trained, in `auxiliary/1/` and so on.
 * All randomness is a function of seed, epoch, batch and step, so a resumed run gives the numbers of one that
 * was never stopped.
 *
 * @throws UsageError `usage/run-exists`, `usage/no-checkpoint`, `usage/resume-differs`, `usage/run-locked`, `usage/foreign-folder`,
 *   `usage/space-mismatch`, `usage/replica-module`, `usage/replica-differs`, `usage/auxiliary-differs`,
 *   `usage/mutual-passes`, `usage/unknown-layer`, `usage/all-frozen`, `usage/content-differs`, those of `headOnly`, or a fault of the settings
 * @throws PartError of an own loss, head, backbone, batch source or sink: `part/threw`, `part/promise`, `part/contract`,
 *   `part/shape`, `part/loss`, `part/no-gradient`, `part/batch`. The loss is tried once before the first step
 * @throws DataError `data/no-batches`, `data/labels-differ`
 * @throws EngineError `engine/replica-died`, `engine/no-threads`, `engine/out-of-memory`; saved checkpoints stay
 * @throws DivergenceError `training/diverged` when the loss is NaN or infinite, or the gradient of ten steps in a row; saved
 *   checkpoints stay
 * @throws InterruptedError `training/interrupted` after the signal, once the run is saved
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const given = validate(trainingSettingsSchema, options.settings ?? {}, {
    source: 'settings',
    path: 'training',
  });
  checkParts(options);
  checkReplicas(options, given);
  const models = trainableModels(options, given);
  try {
    return await withRunFolder(options.folder, { resume: options.resume }, (folder) =>
      runIn(folder, options, given, models),
    );
  } finally {
    models.forEach(({ optimiser }) => optimiser.dispose());
  }
}

/** Makes what else the run needs, runs it, and frees it. */
async function runIn(
  folder: RunFolder,
  options: FitOptions,
  given: TrainingSettings,
  models: readonly TrainableModel[],
): Promise<FitResult> {
  const settings = await resolveSettings(options, given, models, folder.plan);
  const replicas = await startReplicas(options, settings);
  try {
    const run = new Run({ ...options, report: reportTo(options) }, settings, { folder, models, replicas });
    try {
      const result = await run.toTheEnd();
      await flushSinks(options.sinks);
      return result;
    } catch (error) {
      // What ended the run is told, not what its sinks could not write after it.
      await flushSinks(options.sinks).catch(() => undefined);
      throw error;
    } finally {
      run.dispose();
    }
  } finally {
    await replicas?.close();
  }
}

function reportTo({ report, sinks = [] }: FitOptions): (event: FitEvent) => void {
  const listeners = [...sinks.map((sink, i) => tellSink(sink, i)), ...(report ? [report] : [])];
  return (event) => listeners.forEach((listen) => listen(event));
}

async function startReplicas(
  options: FitOptions,
  { replicas: count, reduction, microBatch }: ResolvedSettings,
): Promise<Replicas | undefined> {
  if (count === 1) return undefined;
  if (engineName() === 'webgpu') {
    throw new UsageError(
      'usage/replica-engine',
      `training.replicas is ${count}, and the engine is webgpu: replicas share out the processor's cores, not a graphics card.`,
      { hint: 'Set training.replicas to 1.' },
    );
  }
  return Replicas.start({
    count,
    models: modelsOf(options),
    source: options.replica!,
    engine: engineName(),
    reduction,
    microBatch,
    kind: options.train.kind,
  });
}

function checkParts({ model, loss, train, validation, sinks }: FitOptions): void {
  checkSource(train, 'training');
  if (validation) checkSource(validation, 'evaluation');
  checkSinks(sinks);
  composes(model.head, loss);
  checkLoss(loss, { labels: model.labels.size, scale: model.scale });
  for (const source of validation ? [train, validation] : [train]) {
    if (model.labels.equals(source.labels)) continue;
    throw new DataError(
      'data/labels-differ',
      `The model knows ${model.labels.size} labels, the data ${source.labels.size}, and they are not the same.`,
      {
        hint: 'Training data, validation data and model must have the same classes.',
      },
    );
  }
  if (validation && validation.kind !== train.kind) {
    throw new UsageError(
      'usage/content-differs',
      `Training batches hold ${train.kind}, validation batches ${validation.kind}.`,
      { hint: 'Cache the features of both, or of neither.' },
    );
  }
  if (train.batchesPerEpoch === 0) {
    throw new DataError(
      'data/no-batches',
      `The training set of ${train.size} images does not fill one batch.`,
      {
        hint: 'Use a smaller batch or more images.',
      },
    );
  }
}
