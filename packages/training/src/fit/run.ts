import { checkSource, counted, DataError, UsageError, validate, PartError } from '@polytag/core';
import { trainingWishes } from '@polytag/layers';
import { assertSameSpace, ownTitle, type MultiLabelModel } from '@polytag/model';
import { isFrozen } from '../freezing/freezing.js';
import { WeightEma } from '../optimisers/weight-ema.js';
import type { Replicas } from '../replicas/replicas.js';
import { checkMachines } from '../rounds/check-machines.js';
import type { RunKeeper } from '../run-folder/run-keeper.js';
import { trainingSettingsSchema, type TrainingSettings } from '../settings/training-settings.js';
import { checkSinks, flushSinks } from '../sinks/metrics-sink.js';
import { checkLoss } from '../step/check-loss.js';
import type { TrainableModel } from '../step/trainable-model.js';
import type { FitResult, RunOptions } from './fit-options.js';
import { trainLoop } from './loop.js';
import { reporter } from './reporting.js';
import { checkReplicas, resolveSettings, type ResolvedSettings } from './resolve-settings.js';
import { modelsOf, trainableModels } from './trainable-models.js';

/** Threads that help a run, where there can be such. */
export interface Threads {
  /** The replicas that `auto` stands for with such batches. */
  count(batchSize: number): number;
  start(options: RunOptions, settings: ResolvedSettings): Promise<Replicas | undefined>;
}

/** The settings, and the models with what moves them, of which the caller disposes the optimisers. */
export function checkedStart(options: RunOptions) {
  const given = validate(trainingSettingsSchema, options.settings ?? {}, {
    source: 'settings',
    path: 'training',
  });
  checkParts(options);
  checkReplicas(options, given);
  checkMachines(options, given);
  return { given, models: trainableModels(options, given) };
}

/** Makes what else the run needs, runs it, and frees it. */
export async function runWith(
  keeper: RunKeeper,
  options: RunOptions,
  { given, models }: { readonly given: TrainingSettings; readonly models: readonly TrainableModel[] },
  threads?: Threads,
): Promise<FitResult> {
  const settings = await resolveSettings(options, given, models, {
    plan: keeper.plan,
    countReplicas: threads?.count,
  });
  const replicas = await threads?.start(options, settings);
  const ema = emaOf(options, settings, models[0]);
  try {
    const report = reporter(options);
    const result = await trainLoop({ options, keeper, settings, models, ema, replicas, report });
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
  { model }: RunOptions,
  { ema }: ResolvedSettings,
  { freezing: { always } }: TrainableModel,
): WeightEma | undefined {
  if (!ema) return undefined;
  const moving = model.parameters.filter(({ key }) => !isFrozen(always, key));
  return new WeightEma(moving, ema.decay);
}

/** Steps here follow the loss and `training.weightDecay` alone: what a layer asks for besides must not be lost unsaid. */
function checkWishes(model: MultiLabelModel): void {
  const wishes = trainingWishes(model.network);
  if (wishes.length === 0) return;
  const told = [...new Set(wishes.map(({ layer, wish }) => `the layer "${layer}" has ${wish}`))];
  throw new PartError(
    'part/contract',
    `The ${ownTitle(model) ?? 'model'} uses features that training does not support: ${told.join(', ')}.`,
    {
      hint: 'Remove them. To decay kernels and matrices use training.weightDecay; to limit values use operations in the layer.',
    },
  );
}

function checkParts(options: RunOptions): void {
  const { model, loss, train, validation, sinks } = options;
  modelsOf(options).forEach(checkWishes);
  checkSource(train, 'training');
  if (validation) checkSource(validation, 'evaluation');
  checkSinks(sinks);
  assertSameSpace(model.head, loss);
  checkLoss(loss, { labels: model.labels.size, scale: model.scale });
  for (const source of validation ? [train, validation] : [train]) {
    if (model.labels.equals(source.labels)) continue;
    throw new DataError(
      'data/labels-differ',
      `Label mismatch: the model has ${model.labels.size} labels, the data ${source.labels.size}.`,
      {
        hint: 'Use training data, validation data and a model with the same labels.',
      },
    );
  }
  if (validation && validation.kind !== train.kind) {
    throw new UsageError(
      'usage/content-differs',
      `Training batches contain ${train.kind}, but validation batches contain ${validation.kind}.`,
      { hint: 'Cache the features of both, or of neither.' },
    );
  }
  if (train.batchesPerEpoch === 0) {
    throw new DataError(
      'data/no-batches',
      `The training set of ${counted(train.size, 'image')} does not fill one batch.`,
      {
        hint: 'Use a smaller batch (training.batchSize), or more images.',
      },
    );
  }
}
