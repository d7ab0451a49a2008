import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchSource } from '@polytag/core';
import { openLoader, type LabelledDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { evaluate } from '@polytag/evaluation';
import type { FitOptions, FitResult } from '../fit/fit-options.js';
import { fit } from '../fit/fit.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import { cacheFeatures } from './cache-features.js';
import { photographs, smallModel } from './photographs.fixture.js';

const SETTINGS: TrainingSettingsInput = {
  epochs: 2,
  learningRate: 0.02,
  ema: { decay: 0.8 },
  earlyStopping: false,
};
const batches = { batchSize: 4, shuffle: { seed: 5 }, dropLast: true };
let root: string;
let sets: { readonly train: LabelledDataset; readonly validation: LabelledDataset };

beforeAll(async () => {
  await useEngine('wasm');
  root = await mkdtemp(join(tmpdir(), 'polytag-fit-features-'));
  sets = {
    train: await photographs(join(root, 'train'), 13),
    validation: await photographs(join(root, 'validation'), 9, 100),
  };
});
afterAll(() => rm(root, { recursive: true }));

let runs = 0;
const newFolder = () => join(root, `run-${runs++}`);

type Sources = { readonly train: BatchSource; readonly validation: BatchSource };

const imagesOf = ({ preprocessing }: MultiLabelModel): Sources => ({
  train: openLoader(sets.train, { preprocessing, workers: 0, ...batches }),
  validation: openLoader(sets.validation, { preprocessing, workers: 0, batchSize: 4 }),
});

const featuresOf = async (model: MultiLabelModel, flipProbability = 0): Promise<Sources> => ({
  train: await cacheFeatures(model, sets.train, { ...batches, flipProbability, folder: join(root, 'cache') }),
  validation: await cacheFeatures(model, sets.validation, { batchSize: 4, folder: join(root, 'cache') }),
});

const stateOf = async (model: MultiLabelModel) =>
  new Map([...(await exportParameters(model.parameters))].map(([key, { data }]) => [key, data]));

interface Outcome {
  readonly result?: FitResult;
  readonly error?: Error;
  readonly weights: Map<string, Float32Array>;
}

/** Trains a model that is built anew, on sources that are made for it. */
async function run(
  sources: (model: MultiLabelModel) => Sources | Promise<Sources>,
  { stopAt = Infinity, head, ...options }: Partial<FitOptions> & { stopAt?: number; head?: string } = {},
): Promise<Outcome> {
  const model = await smallModel({ head });
  const { train, validation } = await sources(model);
  const stop = new AbortController();
  const outcome = await fit({
    ...{
      model,
      train,
      validation,
      loss: binaryCrossEntropy(),
      settings: SETTINGS,
      seed: 5,
      folder: newFolder(),
    },
    signal: stop.signal,
    report: (event) => event.kind === 'step' && event.step === stopAt && stop.abort(),
    ...options,
  }).then(
    (result) => ({ result }),
    (error: Error) => ({ error }),
  );
  const weights = await stateOf(model);
  await Promise.all([train.close(), validation.close()]);
  model.dispose();
  return { ...outcome, weights };
}

describe.each(['linear', 'ml-decoder'])('a %s head on cached features', (head) => {
  it('has the weights that it has on images with a frozen backbone, which stays', async () => {
    const model = await smallModel({ head });
    const before = await stateOf(model);
    const backboneKeys = new Set([...before.keys()].filter((key) => model.isBackboneKey(key)));
    model.dispose();
    const freeze = { ...SETTINGS, freeze: ['backbone'] };
    const [onImages, onFeatures] = [
      await run(imagesOf, { settings: freeze, head }),
      await run(featuresOf, { head }),
    ];
    let learned = 0;
    for (const [key, values] of onFeatures.weights) {
      const expected = onImages.weights.get(key)!;
      if (backboneKeys.has(key)) expect(values).toEqual(before.get(key));
      else if (values.some((value, i) => value !== before.get(key)![i])) learned++;
      // The feature maps differ in the rounding of folded batch norms.
      const difference = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
      expect([key, difference < 1e-4]).toEqual([key, true]);
    }
    expect(learned).toBeGreaterThan(0);
    expect(onFeatures.result!.metrics.map(({ loss }) => loss)).toEqual(
      onImages.result!.metrics.map(({ loss }) => expect.closeTo(loss, 3)),
    );
  });

  it('has the same bits whether the features are computed or found', async () => {
    await rm(join(root, 'cache'), { recursive: true, force: true });
    const flipped = (model: MultiLabelModel) => featuresOf(model, 0.5);
    const [fresh, found] = [await run(flipped, { head }), await run(flipped, { head })];
    expect(found.weights).toEqual(fresh.weights);
  });
});

it('gives a whole model, which has on images the score that the run told', async () => {
  const { result } = await run(featuresOf);
  const model = await loadModel(result!.bestFolder);
  const { validation } = imagesOf(model);
  expect((await evaluate(model, validation)).mAP).toBeCloseTo(result!.best!.mAP, 12);
  await validation.close();
  model.dispose();
});

it('is resumed to the same bits', async () => {
  const flipped = (model: MultiLabelModel) => featuresOf(model, 0.5);
  const whole = await run(flipped);
  const folder = newFolder();
  const stopped = await run(flipped, { folder, stopAt: 4 });
  expect(stopped.error).toMatchObject({ code: 'training/interrupted' });
  const resumed = await run(flipped, { folder, resume: true });
  expect(resumed.weights).toEqual(whole.weights);
});

it('is not resumed on images', async () => {
  const folder = newFolder();
  await run(featuresOf, { folder, stopAt: 4 });
  const { error } = await run(imagesOf, { folder, resume: true });
  expect(error).toMatchObject({ code: 'usage/resume-differs' });
});

it.each<[string, (model: MultiLabelModel) => Promise<Sources>, Partial<FitOptions>, string]>([
  [
    'images to score on',
    async (model) => ({ ...(await featuresOf(model)), validation: imagesOf(model).validation }),
    {},
    'usage/content-differs',
  ],
  [
    'batch norms that would move',
    featuresOf,
    { settings: { ...SETTINGS, frozenBatchNorm: 'batch' } },
    'usage/features-batch-norm',
  ],
  [
    'a head that is frozen too',
    featuresOf,
    { settings: { ...SETTINGS, freeze: ['head'] } },
    'usage/all-frozen',
  ],
])('refuses %s', async (_, sources, options, code) => {
  expect((await run(sources, options)).error).toMatchObject({ code });
});

it('refuses models that learn from each other', async () => {
  const other = await smallModel({ seed: 4 });
  const { error } = await run(featuresOf, { auxiliary: [{ model: other }] });
  expect(error).toMatchObject({ code: 'usage/features-auxiliary' });
  other.dispose();
});
