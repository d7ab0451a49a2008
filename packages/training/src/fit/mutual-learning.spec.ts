import { memory, type Tensor2D } from '@tensorflow/tfjs-core';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HALF, IMAGENET, InterruptedError, LabelVocabulary, type PixelNormalisation } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import type { MultiLabelModel } from '@polytag/model';
import { variableOf } from '@polytag/layers';
import { WeightEma } from '../optimisers/weight-ema.js';
import { parameterGroups } from '../optimisers/parameter-groups.js';
import { numbers } from '../optimisers/parameter.fixture.js';
import { adamw } from '../optimisers/adamw.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import { constant } from '../schedules/schedule.js';
import { oneCycle } from '../schedules/one-cycle.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import { trainStep } from '../step/train-step.js';
import { trainableModel } from '../step/trainable-model.js';
import type { FitEvent } from './fit-event.js';
import type { FitOptions } from './fit-options.js';
import { fit } from './fit.js';
import type { AuxiliaryModel } from './trainable-models.js';
import { colours, tinyModel } from './tiny.fixture.js';

const SETTINGS: TrainingSettingsInput = { epochs: 2, learningRate: 0.02, ema: { decay: 0.8 } };
const BATCHES = 5;
const loss = binaryCrossEntropy();
/** Another optimiser, inside SAM as the main one, and another schedule. */
const OWN: AuxiliaryModel['settings'] = {
  optimiser: { name: 'adamw' },
  schedule: { name: 'constant' },
  weightDecay: 0.01,
};

let folder: string;
beforeEach(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-mutual-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const weights = ({ parameters }: MultiLabelModel) =>
  parameters.map((parameter) => numbers(variableOf(parameter)));

interface RunOptions extends Partial<FitOptions> {
  /** Seeds of the models; the first is the main one. */
  readonly seeds?: readonly number[];
  /** What each was made for. Default: halves. */
  readonly normalisations?: readonly PixelNormalisation[];
  readonly own?: AuxiliaryModel['settings'];
  readonly stopAfter?: number;
}

/** A run of new models, and their weights after it. */
async function run(
  out: string,
  { seeds = [3, 4], normalisations = [], own, stopAfter, ...options }: RunOptions = {},
) {
  const models = await Promise.all(seeds.map((seed, i) => tinyModel(seed, normalisations[i])));
  const [model, ...others] = models;
  const stopping = new AbortController();
  const events: FitEvent[] = [];
  let error: unknown;
  await fit({
    model,
    loss,
    train: colours('train'),
    validation: colours('val'),
    settings: SETTINGS,
    auxiliary: others.map((other) => ({ model: other, settings: own })),
    folder: join(folder, out),
    seed: 3,
    signal: stopping.signal,
    report: (event) => {
      events.push(event);
      if (event.kind === 'step' && event.step === stopAfter) stopping.abort();
    },
    ...options,
  }).catch((caught: unknown) => (error = caught));
  const after = models.map(weights);
  models.forEach((one) => one.dispose());
  return { error, events, weights: after };
}

async function metricsOf(out: string) {
  const lines = (await readFile(join(folder, out, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const { epoch, loss: sum, mutual, mAP, mAPEma, mAPAuxiliary } = JSON.parse(line) as EpochMetrics;
    return { epoch, loss: sum, mutual, mAP, mAPEma, mAPAuxiliary };
  });
}

const fileOf = async (out: string, file: string) =>
  (await readFile(join(folder, out, file))).toString('base64');

it('is a loop of training steps over one batch for all, to the bit', async () => {
  const fitted = await run('fit', { own: OWN, settings: { ...SETTINGS, microBatch: 2 } });
  expect(fitted.error).toBeUndefined();

  const models = await Promise.all([3, 4].map((seed) => tinyModel(seed)));
  const schedules = [oneCycle({ totalSteps: 2 * BATCHES, pctStart: 0.2, finalDivFactor: 1000 }), constant()];
  const trainable = models.map(({ network, parameters, scale }, i) =>
    trainableModel({
      forward: (images, call) => network.apply(images, call) as Tensor2D,
      scale,
      optimiser: sam(i === 0 ? sgd() : adamw()).bind(
        parameterGroups(parameters, { weightDecay: i === 0 ? 5e-4 : 0.01 }),
      ),
      schedule: schedules[i],
    }),
  );
  const average = new WeightEma(models[0].parameters, 0.8);
  let step = 0;
  const mutual: number[] = [];
  for (const epoch of [0, 1]) {
    for await (const batch of colours('train').epoch(epoch)) {
      const [main] = await trainStep(trainable, batch, {
        loss,
        reduction: 'sum',
        learningRate: 0.02,
        microBatch: 2,
        step,
      });
      average.update();
      mutual.push(main.mutual);
      step++;
    }
  }
  expect(fitted.weights).toEqual(models.map(weights));
  expect(mutual.every((term) => term > 0)).toBe(true);
  const told = fitted.events.flatMap((event) => (event.kind === 'step' ? [event.mutual] : []));
  expect(told).toEqual(mutual);
  const metrics = await metricsOf('fit');
  expect(metrics[1].mutual).toBeCloseTo(
    mutual.slice(BATCHES).reduce((sum, term) => sum + term, 0) / BATCHES,
    9,
  );
  average.dispose();
  trainable.forEach(({ optimiser }) => optimiser.dispose());
  models.forEach((model) => model.dispose());
});

it('evaluates and saves the other models once, at the end', async () => {
  const { events } = await run('three', { seeds: [3, 4, 5] });
  const metrics = await metricsOf('three');
  expect(metrics.map(({ mAPAuxiliary }) => mAPAuxiliary?.length)).toEqual([undefined, 2]);
  const scores = events.flatMap((event) => (event.kind === 'evaluated' ? [event.mAPAuxiliary] : []));
  expect(scores).toEqual([undefined, metrics[1].mAPAuxiliary]);
  expect((await readdir(join(folder, 'three', 'auxiliary'))).sort()).toEqual(['1', '2']);
  const [first, second] = [await fileOf('three', 'auxiliary/1/model.safetensors'), await fileOf('three', 'auxiliary/2/model.safetensors')]; // prettier-ignore
  expect(first).not.toBe(second);
});

it('stopped and resumed, gives the bits of a run that was not stopped, of all models', async () => {
  const whole = await run('straight', { own: OWN });
  const first = await run('stopped', { own: OWN, stopAfter: BATCHES + 2 });
  expect(first.error).toBeInstanceOf(InterruptedError);
  const second = await run('stopped', { own: OWN, resume: true });
  expect(second.error).toBeUndefined();
  expect(second.weights).toEqual(whole.weights);
  expect(await metricsOf('stopped')).toEqual(await metricsOf('straight'));
  for (const name of ['weights', 'optimiser', 'ema', 'auxiliary-1-weights', 'auxiliary-1-optimiser']) {
    const file = `checkpoints/last/${name}.safetensors`;
    expect(await fileOf('stopped', file)).toBe(await fileOf('straight', file));
  }
  const { error } = await run('straight', { resume: true });
  expect(error).toMatchObject({
    code: 'usage/resume-differs',
    message: expect.stringContaining('with other settings: auxiliary: '),
  });
});

it('changes the main model; with no other model it is plain training', async () => {
  const [alone, none, pair] = [await run('alone', { seeds: [3], auxiliary: undefined }), await run('none', { seeds: [3] }), await run('pair')]; // prettier-ignore
  expect(none.weights).toEqual(alone.weights);
  expect(await metricsOf('none')).toEqual(await metricsOf('alone'));
  expect(await readdir(join(folder, 'none'))).not.toContain('auxiliary');
  expect(pair.weights[0]).not.toEqual(alone.weights[0]);
});

it('gives each model its own pixels, whichever of them the batches are normalised for', async () => {
  const of = (normalisation: PixelNormalisation) => ({
    train: colours('train', { normalisation }),
    validation: colours('val', { normalisation }),
  });
  const [a, b] = [
    await run('a', { seeds: [3, 4], normalisations: [HALF, IMAGENET], ...of(HALF) }),
    await run('b', { seeds: [4, 3], normalisations: [IMAGENET, HALF], ...of(IMAGENET) }),
  ];
  expect([a.error, b.error]).toEqual([undefined, undefined]);
  const differences = [0, 1].map((model) =>
    Math.max(...a.weights[model].flat().map((value, i) => Math.abs(value - b.weights[1 - model].flat()[i]))),
  );
  expect(Math.max(...differences)).toBeLessThan(1e-4);
  const [inA, inB] = [(await metricsOf('a'))[1], (await metricsOf('b'))[1]];
  expect(inA.mAPAuxiliary).toEqual([expect.closeTo(inB.mAP!, 6)]);
  expect(inB.mAPAuxiliary).toEqual([expect.closeTo(inA.mAP!, 6)]);
  const saved = JSON.parse(await readFile(join(folder, 'a', 'auxiliary/1/preprocessor_config.json'), 'utf8'));
  expect(saved).toMatchObject({ image_mean: IMAGENET.mean, image_std: IMAGENET.std });
});

it('gives all tensors back', async () => {
  await run('a');
  const before = memory().numTensors;
  await run('b');
  expect(memory().numTensors).toBe(before);
});

it.each([
  ['sam: false', { sam: false } as const, 'usage/mutual-passes', /mutual\.models\.0\.training\.sam/],
  ['a misspelt setting', { optimizer: {} } as object, 'usage/unknown-key', /mutual\.models\.0\.training/],
])('refuses %s of one model, before anything is written', async (_, own, code, message) => {
  const before = memory().numTensors;
  const { error } = await run('refused', { own });
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await readdir(folder)).toEqual([]);
  expect(memory().numTensors).toBe(before);
});

it('refuses a model of other labels or of images of another size', async () => {
  const tiny = await tinyModel(4);
  const other = (change: object) => ({ auxiliary: [{ model: Object.assign(Object.create(tiny), change) as MultiLabelModel }] }); // prettier-ignore
  const labels = new LabelVocabulary(['a', 'b', 'c']);
  const wrong = [other({}), other({})];
  Object.defineProperty(wrong[0].auxiliary[0].model, 'labels', { value: labels });
  Object.defineProperty(wrong[1].auxiliary[0].model, 'preprocessing', {
    value: { ...tiny.preprocessing, height: 9 },
  });
  for (const [i, what] of ['other labels', 'images of 9 x 8 pixels'].entries()) {
    const { error } = await run('refused', { seeds: [3], ...wrong[i] });
    expect(error).toMatchObject({ code: 'usage/auxiliary-differs', message: expect.stringContaining(what) });
  }
  tiny.dispose();
});
