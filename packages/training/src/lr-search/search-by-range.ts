import { checkedBatches, DivergenceError, InterruptedError, UsageError, type Batch } from '@polytag/core';
import { inputShapeOf } from '@polytag/evaluation';
import { resolveSettings } from '../fit/resolve-settings.js';
import { trainableModels } from '../fit/trainable-models.js';
import type { RangeSearchSettings } from '../settings/rate-search-settings.js';
import { faultOfStep } from '../fit/divergence.js';
import { sourceOfNaN } from '../step/source-of-nan.js';
import { trainStep } from '../step/train-step.js';
import type { TrainableModel } from '../step/trainable-model.js';
import type { FindLearningRateOptions } from './search-options.js';
import { RANGE_TEST_BATCHES } from './range-test-length.js';
import { RangeTest } from './range-test.js';
import { writeSearch, type SearchRecord } from '../run-folder/search-record.js';
import { trialSettings } from './trial-settings.js';

/**
 * Trains one epoch at a rate that grows from batch to batch, on this thread alone, after epochs at the lowest rate.
 *
 * @throws UsageError `usage/range-test-too-short` when the loss grew too far after too few batches to tell
 */
export async function searchByRange(
  options: FindLearningRateOptions & { readonly search: RangeSearchSettings },
  record: SearchRecord,
): Promise<SearchRecord> {
  const { model, loss, train, search, folder, report } = options;
  const { min, max, warmUpEpochs, smoothing, divergence } = search;
  const epochs = warmUpEpochs + 1;
  const given = { ...trialSettings(options.settings, { epochs, learningRate: min }), replicas: 1 };
  const models = trainableModels({ model, loss, train }, given);
  const test = new RangeTest({
    startRate: min,
    endRate: max,
    smoothing,
    divergence,
    steps: Math.max(train.batchesPerEpoch, 2),
  });
  try {
    const { microBatch } = await resolveSettings({ model, loss, train }, given, models);
    await walk(options, epochs, async (batch, step) => {
      const testing = step >= warmUpEpochs * train.batchesPerEpoch;
      const learningRate = testing ? test.learningRate : min;
      const value = await lossOfStep(models, options, { batch, step, learningRate, microBatch });
      if (testing) test.add(value);
      return { learningRate, loss: value, goOn: !test.finished };
    });
  } finally {
    models.forEach(({ optimiser }) => optimiser.dispose());
  }
  const { points, suggestion } = test;
  if (!suggestion) {
    throw new UsageError(
      'usage/range-test-too-short',
      `The loss grew too fast: the range test stopped after ${points.length} batches and needs ${RANGE_TEST_BATCHES}.`,
      {
        hint: "Search lower rates, e.g. --set 'training.findLearningRate={mode: range, max: 0.01}', or by trials: --set 'training.findLearningRate={mode: tpe}'",
      },
    );
  }
  const found = { ...record, points, learningRate: suggestion.learningRate };
  await writeSearch(folder, found);
  report?.({ kind: 'range', points, suggestion });
  return found;
}

interface Walked {
  readonly learningRate: number;
  readonly loss: number;
  readonly goOn: boolean;
}

/** Goes through the batches of some epochs, and reports. */
async function walk(
  { model, train, signal, report }: FindLearningRateOptions,
  epochs: number,
  visit: (batch: Batch, step: number) => Promise<Walked>,
): Promise<void> {
  const totalSteps = epochs * train.batchesPerEpoch;
  const start = performance.now();
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const imageShape = inputShapeOf(model, train.kind);
    for await (const batch of checkedBatches(train, { role: 'training', epoch, imageShape })) {
      const { learningRate, loss, goOn } = await visit(batch, step);
      step++;
      const secondsLeft = ((performance.now() - start) / 1000 / step) * (totalSteps - step);
      report?.({ kind: 'step', step, totalSteps, learningRate, loss, secondsLeft });
      if (!goOn) return;
      if (signal?.aborted) {
        throw new InterruptedError(
          'training/interrupted',
          `The range test for the learning rate was stopped after step ${step} of ${totalSteps}.`,
          {
            hint: 'Run it again with --resume: the range test starts over, because its steps are not saved.',
          },
        );
      }
    }
  }
}

/** NaN when the step diverged. */
async function lossOfStep(
  models: readonly TrainableModel[],
  { loss, settings }: FindLearningRateOptions,
  input: { batch: Batch; step: number; learningRate: number; microBatch: number },
): Promise<number> {
  const { batch, step, learningRate, microBatch } = input;
  try {
    const { reduction } = settings;
    const [done] = await trainStep(models, batch, { loss, reduction, learningRate, step, microBatch });
    return done.loss;
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    if (step > 0) return NaN;
    // Before any update no rate is to blame.
    const find = () => sourceOfNaN(models, batch, { loss, reduction: settings.reduction, step, microBatch });
    throw await faultOfStep(error, { epoch: 0, batch: 0, step }, batch, find);
  }
}
