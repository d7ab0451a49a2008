import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, mul, notEqual, sqrt, square, sum, type Tensor2D } from '@tensorflow/tfjs-core';
import { parseSafetensors } from '@polytag/checkpoints';
import type { BatchSource, Loss } from '@polytag/core';
import { useEngine, writeValues } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import type { MultiLabelModel } from '@polytag/model';
import type { FitEvent } from '../fit/fit-event.js';
import type { FitOptions } from '../fit/fit-options.js';
import { fit } from '../fit/fit.js';
import { colours, tinyModel } from '../fit/tiny.fixture.js';
import { trainableModels } from '../fit/trainable-models.js';
import { numbers } from '../optimisers/parameter.fixture.js';
import { localLinks } from '../replicas/local-link.fixture.js';
import { Replicas } from '../replicas/replicas.js';
import { trainingSettingsSchema, type TrainingSettingsInput } from '../settings/training-settings.js';
import { trainStep } from '../step/train-step.js';
import { InProcessShares } from './in-process-shares.fixture.js';
import { outerOptimiser, outerStep, ShareMean } from './outer-step.js';
import { weightsFile } from './share-files.js';

const loss = binaryCrossEntropy();
beforeAll(() => useEngine('wasm'));

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-rounds-'))));
afterEach(() => rm(folder, { recursive: true }));

/** As another machine builds it: alike but for its weights. */
async function blank(): Promise<MultiLabelModel> {
  const model = await tinyModel();
  for (const variable of model.parameters.map(variableOf))
    writeValues(variable, new Float32Array(variable.size).fill(9));
  return model;
}

const auxiliaryModel = async () => ({ model: await tinyModel(4) });

const stateOf = ({ parameters }: MultiLabelModel) => parameters.map((one) => numbers(variableOf(one)));

type Machines = Exclude<TrainingSettingsInput['machines'], undefined>;

/** A run in `folder`/NAME; by rounds, where `machines` says so, with each share in this process. */
async function run(
  name: string,
  settings: TrainingSettingsInput & { readonly machines?: Machines },
  options: Partial<FitOptions> = {},
  during: (event: FitEvent, stop: () => void) => void = () => {},
) {
  const { machines } = trainingSettingsSchema.parse(settings);
  const model = await tinyModel();
  const build = async () => ({
    model: await blank(),
    auxiliary: options.auxiliary && [await auxiliaryModel()],
  });
  const data = { loss: options.loss ?? loss, train: options.train ?? colours('train') };
  const trainer = new InProcessShares({ ...data, build, settings, shares: machines ? machines.shares : 0 });
  const stop = new AbortController();
  const steps: number[] = [];
  const outcome = await fit({
    ...data,
    model,
    validation: colours('val'),
    settings,
    folder: join(folder, name),
    seed: 3,
    shares: trainer,
    signal: stop.signal,
    ...options,
    report(event) {
      if (event.kind === 'step') steps.push(event.loss);
      during(event, () => stop.abort());
    },
  }).then(
    (result) => ({ result, error: undefined }),
    (error: Error) => ({ result: undefined, error }),
  );
  const weights = stateOf(model);
  [model, ...(options.auxiliary ?? []).map((one) => one.model)].forEach((one) => one.dispose());
  return { ...outcome, weights, losses: steps, trainer };
}

/** The largest difference, as a share of the largest value of the tensor that it is in. */
const difference = (some: readonly number[][], others: readonly number[][]): number =>
  Math.max(
    ...some.map((values, i) => {
      const largest = Math.max(...others[i].map(Math.abs));
      return Math.max(...values.map((value, at) => Math.abs(value - others[i][at]))) / largest;
    }),
  );

/** Half of the last place of a float32: what one rounding may change. */
const ROUNDING = 2 ** -24;

describe('one step a round, without momentum', () => {
  const plain: TrainingSettingsInput = {
    ...{ epochs: 2, learningRate: 0.02, sam: false, ema: false },
    ...{ optimiser: { name: 'sgd', momentum: 0 }, schedule: { name: 'constant' } },
  };

  it.each([
    ['sum', 2],
    ['mean', 2],
    ['sum', 4],
  ] as const)(
    'is what replicas compute, but for how weights are rounded: %s, %i shares',
    async (reduction, shares) => {
      const settings = { ...plain, reduction };
      const rounds = await run('rounds', { ...settings, machines: { shares, steps: 1, outerRate: 1, outerMomentum: 0 } }); // prettier-ignore
      expect(rounds.trainer.rounds).toHaveLength(10);

      const [model, train] = [await tinyModel(), colours('train')];
      const models = trainableModels({ model, loss, train }, trainingSettingsSchema.parse(settings));
      const copies = await Promise.all(Array.from({ length: shares - 1 }, blank));
      const links = localLinks((replica) => ({ model: copies[replica - 1], loss }));
      const replicas = await Replicas.start({
        ...{ count: shares, reduction, kind: 'images', models: [model], connect: links.connect },
        ...{ source: { module: '' }, engine: { name: 'wasm', native: false } as never },
      });
      const losses: number[] = [];
      for (const epoch of [0, 1])
        for await (const batch of train.epoch(epoch)) {
          const place = { epoch, step: losses.length, learningRate: 0.02 };
          losses.push((await trainStep(models, batch, { loss, reduction, replicas, ...place }))[0].loss);
        }
      // Replicas round the sum of the gradients and then each weight, once; shares round the weights of each, and their mean.
      expect(difference([rounds.losses], [losses])).toBeLessThan(20 * ROUNDING);
      expect(difference(rounds.weights, stateOf(model))).toBeLessThan(40 * ROUNDING);
      // What the comparison can see: the same by another number of shares is not it, as batch norms see fewer images.
      const other = await run('other', { ...settings, machines: { shares: 6 - shares, steps: 1, outerRate: 1, outerMomentum: 0 } }); // prettier-ignore
      expect(difference(other.weights, stateOf(model))).toBeGreaterThan(1000 * ROUNDING);
      links.close();
      [model, ...copies].forEach((one) => one.dispose());
    },
  );
});

it('goes on with the optimisers and schedules of a share: one share alone is a run on one machine', async () => {
  const settings: TrainingSettingsInput = { epochs: 3, learningRate: 0.02, sam: { rho: 0.05 }, ema: false, freezeEpochs: 1 }; // prettier-ignore
  for (const optimiser of [{ name: 'sgd' }, { name: 'adamw' }] as const) {
    const alone = await run(`alone-${optimiser.name}`, { ...settings, optimiser });
    const rounds = await run(`rounds-${optimiser.name}`, { ...settings, optimiser, machines: { shares: 1, steps: 3, outerRate: 1, outerMomentum: 0 } }); // prettier-ignore
    // Five batches an epoch: rounds of three and of two.
    expect(rounds.trainer.rounds.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual(
      [0, 1, 2].flatMap((epoch) => [[epoch, 5 * epoch, 3], [epoch, 5 * epoch + 3, 2]]), // prettier-ignore
    );
    expect(difference(rounds.weights, alone.weights)).toBeLessThan(1e-4);
    expect(difference([rounds.losses], [alone.losses])).toBeLessThan(1e-4);
  }
});

it('takes a Nesterov step along the mean of the differences, and the mean of running statistics', async () => {
  const model = await tinyModel();
  const [conv, mean] = ['conv.weight', 'bn.running_mean'].map((key) => model.parameters.find((one) => one.key === key)!); // prettier-ignore
  const parameters = [[conv, mean]];
  const groups = [{ parameters: [conv], learningRateFactor: 2, weightDecay: 0.1 }];
  const outer = outerOptimiser({ shares: 2, steps: 1, outerRate: 0.7, outerMomentum: 0.9 }, groups);
  const w = numbers(variableOf(conv));
  const v = w.map(() => 0);
  const file = (values: readonly number[], statistics: number) => {
    const before = parameters[0].map((one) => numbers(variableOf(one)));
    writeValues(variableOf(conv), Float32Array.from(values));
    writeValues(variableOf(mean), new Float32Array(4).fill(statistics));
    const bytes = weightsFile(parameters);
    parameters[0].forEach((one, i) => writeValues(variableOf(one), Float32Array.from(before[i])));
    return bytes;
  };
  for (const round of [1, 2]) {
    const trained = [0.01, -0.04].map((by) => w.map((value, i) => value + by * round * (1 + (i % 5))));
    const shares = new ShareMean(parameters);
    trained.forEach((values, i) => shares.add(file(values, 2 + 4 * i), [3, 1][i]));
    await outerStep(parameters, shares, [outer], 0.7);
    w.forEach((value, i) => {
      const gradient = value - (3 * trained[0][i] + trained[1][i]) / 4;
      v[i] = 0.9 * v[i] + gradient;
      w[i] = value - 0.7 * (gradient + 0.9 * v[i]);
    });
    expect(difference([numbers(variableOf(conv))], [w])).toBeLessThan(8 * ROUNDING);
    expect(numbers(variableOf(mean))).toEqual([3, 3, 3, 3]);
  }
  outer.dispose();
  model.dispose();
});

it('gives after a stop the bits of a run that was never stopped', async () => {
  const settings: TrainingSettingsInput & { machines: Machines } = {
    ...{ epochs: 3, learningRate: 0.02, sam: false, ema: { decay: 0.8 } },
    ...{ schedule: { name: 'reduce-on-plateau', patience: 0, threshold: 0.5 } },
    machines: { shares: 2, steps: 2, outerRate: 0.9, outerMomentum: 0.4 },
  };
  const learnsFromAnother = async () => ({ auxiliary: [await auxiliaryModel()] });
  const whole = await run('whole', settings, await learnsFromAnother());
  expect(whole.result).toMatchObject({ epochs: 3, steps: 15 });
  // Two rounds of two and one of one in each epoch.
  expect(whole.trainer.rounds.map(({ steps }) => steps)).toEqual([2, 2, 1, 2, 2, 1, 2, 2, 1]);
  const stopped = await run('stopped', settings, await learnsFromAnother(), (event, stop) => {
    if (event.kind === 'step' && event.step === 8) stop();
  });
  // The round is finished, and saved.
  expect(stopped.error).toMatchObject({ code: 'training/interrupted', message: expect.stringContaining('after step 9 of 15') }); // prettier-ignore
  const resumed = await run('stopped', settings, {
    ...(await learnsFromAnother()),
    resume: true,
    shares: stopped.trainer,
  });
  expect(stopped.trainer.rounds.map(({ step }) => step)).toEqual([0, 2, 4, 5, 7, 9, 10, 12, 14]);
  expect(resumed.weights).toEqual(whole.weights);
  const files = ['weights', 'ema', 'optimiser', 'auxiliary-1-weights'].map((name) => `checkpoints/last/${name}.safetensors`); // prettier-ignore
  for (const file of [...files, 'best/model.safetensors'])
    expect((await readFile(join(folder, 'stopped', file))).equals(await readFile(join(folder, 'whole', file)))).toBe(true); // prettier-ignore
});

it('averages the common weights over the steps of a round at once', async () => {
  const settings = { epochs: 1, learningRate: 0.02, sam: false, machines: { shares: 2, steps: 4 } } as const;
  const { trainer } = await run('ema', { ...settings, ema: { decay: 0.8 } });
  const saved = async (name: string) =>
    parseSafetensors(await readFile(join(folder, 'ema/checkpoints/last', name))).tensors;
  // Weights before the run, after its first round (of four steps), and after its last (of one).
  const [before, between] = trainer.rounds.map(({ weights }) => parseSafetensors(weights).tensors);
  const [after, ema] = [await saved('weights.safetensors'), await saved('ema.safetensors')];
  for (const key of ['bn.weight', 'bn.running_var', 'fc.bias']) {
    const [first, second] = [before, between].map((file) => file.get(`0/${key}`)!.data as Float32Array);
    const last = after.get(key)!.data as Float32Array;
    const expected = [...last].map((w, i) => 0.8 * (0.8 ** 4 * first[i] + (1 - 0.8 ** 4) * second[i]) + 0.2 * w); // prettier-ignore
    expect(difference([[...(ema.get(key)!.data as Float32Array)]], [expected])).toBeLessThan(1e-6);
  }
});

describe('a gradient that is not finite', () => {
  const MARK = 0.25;
  /** Cross entropy; where a target is the mark, its gradient is 0 · ∞. */
  const fragile: Loss = {
    ...loss,
    elementwise: (outputs, targets, scale) => {
      const broken = mul(sqrt(mul(square(outputs), notEqual(targets, MARK))), 0);
      return add(loss.elementwise(outputs, targets, scale), broken) as Tensor2D;
    },
  };
  /** The training set with a marked target in the first share of some steps, from 1. */
  function marked(steps: readonly number[]): BatchSource {
    const all = colours('train');
    return {
      ...all,
      async *epoch(epoch, options = {}) {
        let step = epoch * all.batchesPerEpoch + (options.fromBatch ?? 0);
        for await (const batch of all.epoch(epoch, options)) {
          if (steps.includes(++step)) batch.targets[0] = MARK;
          yield batch;
        }
      },
    };
  }
  const settings = { epochs: 1, learningRate: 0.02, sam: false, ema: { decay: 0.8 }, machines: { shares: 2, steps: 4 } } as const; // prettier-ignore
  const broken = (name: string, steps: readonly number[], more: TrainingSettingsInput = {}) =>
    run(name, { ...settings, ...more } as typeof settings, { loss: fragile, train: marked(steps) });

  it('ends a run of few steps all of which are skipped, and one of ten in a row, as on one machine', async () => {
    const all = await broken('all', [1, 2, 3, 4, 5]);
    expect(all.error).toMatchObject({
      code: 'training/diverged',
      exitCode: 6,
      message: 'Epoch 1, batch 5: The gradient was NaN or infinite in all steps (5); its norm is NaN.',
      hint: expect.stringContaining('No weight had been updated yet'),
    });
    const row = await broken('row', Array.from({ length: 10 }, (_, i) => 4 + i), { epochs: 3 }); // prettier-ignore
    expect(row.error).toMatchObject({
      message: 'Epoch 3, batch 3: The gradient was NaN or infinite in 10 steps in a row; its norm is NaN.',
      hint: expect.stringContaining('Lower the learning rate'),
    });
  });

  it('passes where a step is taken: the averaged weights take those that were', async () => {
    const { result, trainer } = await broken('some', [1, 2, 3, 5]);
    expect(result).toMatchObject({ steps: 5 });
    const saved = async (name: string) =>
      parseSafetensors(await readFile(join(folder, 'some/checkpoints/last', name))).tensors;
    const [before, between] = trainer.rounds.map(({ weights }) => parseSafetensors(weights).tensors);
    const ema = await saved('ema.safetensors');
    const [first, second] = [before, between].map((file) => file.get('0/fc.bias')!.data as Float32Array);
    const expected = [...first].map((w, i) => 0.8 * w + 0.2 * second[i]);
    expect(difference([[...(ema.get('fc.bias')!.data as Float32Array)]], [expected])).toBeLessThan(1e-6);
  });
});

it.each([
  ['nothing trains shares', loss, { machines: 2 }, { shares: undefined }],
  ['a batch of 4 images has no 5 shares', loss, { machines: 5 }, {}],
  ['a loss needs whole batches', { name: 'own', kind: 'batchwise', space: 'logits', batchwise: (outputs: Tensor2D) => sum(square(outputs)) } as unknown as Loss, { machines: 2 }, {}], // prettier-ignore
])('refuses where %s', async (_, trained, settings, options) => {
  const { error } = await run('refused', settings, { loss: trained, ...options });
  expect(error).toMatchObject({ code: 'usage/machines', hint: expect.stringMatching(/shares|machines/) });
});
