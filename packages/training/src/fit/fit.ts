import { checkSource, counted, DataError, UsageError, validate } from '@polytag/core';
import { engineInUse, engineName } from '@polytag/engine';
import { assertSameSpace } from '@polytag/model';
import { isFrozen } from '../freezing/freezing.js';
import { WeightEma } from '../optimisers/weight-ema.js';
import { Replicas } from '../replicas/replicas.js';
import { withRunFolder, type RunFolder } from '../run-folder/run-folder.js';
import { trainingSettingsSchema, type TrainingSettings } from '../settings/training-settings.js';
import { checkSinks, flushSinks } from '../sinks/metrics-sink.js';
import { checkLoss } from '../step/check-loss.js';
import type { TrainableModel } from '../step/trainable-model.js';
import type { FitOptions, FitResult } from './fit-options.js';
import { trainLoop } from './loop.js';
import { reporter } from './reporting.js';
import { checkReplicas, resolveSettings, type ResolvedSettings } from './resolve-settings.js';
import { modelsOf, trainableModels } from './trainable-models.js';

/** What a run is, wherever it is kept. */
export type RunOptions = Omit<FitOptions, 'folder' | 'resume'>;

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
  const { given, models } = checkedStart(options);
  try {
    return await withRunFolder(options.folder, { resume: options.resume }, (folder) =>
      runIn(folder, options, given, models),
    );
  } finally {
    models.forEach(({ optimiser }) => optimiser.dispose());
  }
}

/**
 * Refuses what `fit` refuses before it opens its run folder. Nothing is trained or written, and no batch is asked for.
 *
 * @throws UsageError, PartError and DataError as `fit`, but for those of its run folder
 */
export function checkFit(options: RunOptions): void {
  checkedStart(options).models.forEach(({ optimiser }) => optimiser.dispose());
}

/** The settings, and the models with what moves them, of which the caller disposes the optimisers. */
function checkedStart(options: RunOptions) {
  const given = validate(trainingSettingsSchema, options.settings ?? {}, {
    source: 'settings',
    path: 'training',
  });
  checkParts(options);
  checkReplicas(options, given);
  return { given, models: trainableModels(options, given) };
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
  const ema = emaOf(options, settings, models[0]);
  try {
    const report = reporter(options);
    const result = await trainLoop({ options, folder, settings, models, ema, replicas, report });
    await flushSinks(options.sinks);
    return result;
  } catch (error) {
    // What ended the run is told, not what its sinks could not write after it.
    await flushSinks(options.sinks).catch(() => undefined);
    throw error;
  } finally {
    ema?.dispose();
    await replicas?.close();
  }
}

/** The averaged weights of the main model. An average of what never moves would only gather rounding. */
function emaOf(
  { model }: FitOptions,
  { ema }: ResolvedSettings,
  { freezing: { always } }: TrainableModel,
): WeightEma | undefined {
  if (!ema) return undefined;
  const moving = model.parameters.filter(({ key }) => !isFrozen(always, key));
  return new WeightEma(moving, ema.decay);
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
      { hint: 'Take one: --set training.replicas=1' },
    );
  }
  return Replicas.start({
    count,
    models: modelsOf(options),
    source: options.replica!,
    engine: engineInUse(),
    reduction,
    microBatch,
    kind: options.train.kind,
  });
}

function checkParts({ model, loss, train, validation, sinks }: RunOptions): void {
  checkSource(train, 'training');
  if (validation) checkSource(validation, 'evaluation');
  checkSinks(sinks);
  assertSameSpace(model.head, loss);
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
      `The training set of ${counted(train.size, 'image')} does not fill one batch.`,
      {
        hint: 'Use a smaller batch or more images.',
      },
    );
  }
}
