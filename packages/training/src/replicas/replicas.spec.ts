import { memory, tensor2d, tensor4d, variableGrads, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { input, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { DivergenceError, EngineError, RandomStream, UsageError, type Batch } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { BatchNorm, Convolution2D, Dropout, GlobalPool, Linear, parametersOf } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { parameterGroups, variableOf } from '../groups/parameter-groups.js';
import { numbers } from '../groups/parameter.fixture.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import { reduce, type Reduction } from '../step/reduction.js';
import { trainStep, type Learner, type LearnerStep } from '../step/train-step.js';
import { predictorOf } from '../evaluation/predictor.js';
import { localLinks } from './local-link.fixture.js';
import type { ReplicaParts } from './replica-module.js';
import { Replicas } from './replicas.js';
import { splitBatch } from './split-batch.js';

const [SIDE, K, STEP] = [6, 3, 4];
const loss = binaryCrossEntropy();

interface Net {
  readonly network: LayersModel;
  readonly parameters: ReturnType<typeof parametersOf>;
  readonly scale: number;
}

/** Convolution, pooling, linear; `noisy` adds batch norm and dropout. */
function net({ noisy = false, filters = 4, seed = 1 } = {}): Net {
  const image = input({ shape: [SIDE, SIDE, 3] });
  let y = new Convolution2D({ name: 'conv', filters, kernelSize: 3, stride: 2, seed }).apply(image);
  if (noisy) y = new BatchNorm({ name: 'bn', activation: 'relu' }).apply(y);
  y = new GlobalPool({ name: 'pool' }).apply(y);
  if (noisy) y = new Dropout({ name: 'drop', rate: 0.5, seed: 1 }).apply(y);
  const network = layersModel({
    inputs: image,
    outputs: new Linear({ name: 'fc', units: K, seed }).apply(y) as SymbolicTensor,
  });
  return { network, parameters: parametersOf(network), scale: 1 };
}

function batch(size: number, seed = 0): Batch {
  const random = new RandomStream(seed, 'batch');
  return {
    images: Float32Array.from({ length: size * SIDE * SIDE * 3 }, () => random.normal()),
    targets: Float32Array.from({ length: size * K }, () => random.integer(2)),
    indices: Uint32Array.from({ length: size }, (_, i) => i),
    ...{ size, height: SIDE, width: SIDE },
  };
}

const state = ({ parameters }: Net) => parameters.map((parameter) => numbers(variableOf(parameter)));
const parts = (made: Net): ReplicaParts => ({ model: made, loss }) as ReplicaParts;

interface Settings {
  readonly optimiser?: Optimiser;
  readonly count?: number;
  readonly reduction?: Reduction;
  readonly clipGradient?: number;
  readonly build?: (replica: number) => ReplicaParts;
}

/** A model with its replicas, on this thread. `step` trains it on a batch, as `fit` does. */
async function group(made: Net, settings: Settings = {}) {
  const { optimiser = sgd({ momentum: 0 }), count = 1, reduction = 'sum', clipGradient = 0 } = settings;
  const copies: Net[] = [];
  const build = (replica: number) => {
    // Another seed: a replica has the weights of the first, whatever it was built with.
    copies.push(net({ noisy: made.parameters.some(({ buffer }) => buffer), seed: 100 + replica }));
    return parts(copies.at(-1)!);
  };
  const links = localLinks(settings.build ?? build);
  const replicas = await Replicas.start({
    ...{ count, reduction, model: made, connect: links.connect },
    ...{ engine: 'cpu', source: { module: 'here' } },
  });
  const bound = optimiser.bind(parameterGroups(made.parameters, { weightDecay: 0, noBiasDecay: false }));
  const learner: Learner = {
    forward: (images, call) => made.network.apply(images, call) as Tensor2D,
    ...{ scale: 1, optimiser: bound, clipGradient },
  };
  return {
    replicas,
    async step(whole: Batch, step = STEP): Promise<LearnerStep> {
      const { own, ...division } = replicas.divide(whole, step);
      const [images, targets] = tensorsOf(own);
      const rates = [{ learningRate: 0.1 }];
      try {
        return (
          await trainStep([learner], { images, targets, loss, reduction, step, rates, ...division })
        )[0];
      } finally {
        images.dispose();
        targets.dispose();
      }
    },
    async close() {
      await replicas.close();
      links.close();
      bound.dispose();
      copies.forEach(({ network }) => network.dispose());
    },
  };
}

function tensorsOf({ images, targets, size }: Batch): [Tensor, Tensor2D] {
  return [tensor4d(images, [size, SIDE, SIDE, 3]), tensor2d(targets, [size, K])];
}

function expectClose(got: number[][], expected: number[][]) {
  expect(got.map((values) => values.length)).toEqual(expected.map((values) => values.length));
  got.flat().forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i], 5));
}

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each<[string, Settings]>([
    ['two, sgd', { count: 2, optimiser: sgd() }],
    ['three, sgd', { count: 3, optimiser: sgd() }],
    ['two, sam around sgd', { count: 2, optimiser: sam(sgd()) }],
    ['three, the mean of the loss', { count: 3, reduction: 'mean', optimiser: sgd() }],
    ['two, clipped', { count: 2, clipGradient: 0.1 }],
    ['more replicas than images', { count: 9 }],
  ])('gradients of shares add up to the gradient of the batch: %s', async (_, settings) => {
    const [one, many] = [net(), net()];
    const [alone, together] = [await group(one, { ...settings, count: 1 }), await group(many, settings)];
    for (let step = 0; step < 3; step++) {
      const [a, b] = [await alone.step(batch(8, step), step), await together.step(batch(8, step), step)];
      expect(b.loss).toBeCloseTo(a.loss, 4);
      expect(b.gradientNorm).toBeCloseTo(a.gradientNorm, 4);
    }
    expect(state(many).flat()).not.toEqual(state(net()).flat());
    expectClose(state(many), state(one));
    await alone.close();
    await together.close();
  });

  it('with batch norm and dropout is each share by itself, added up; running statistics are the mean', async () => {
    const whole = batch(7);
    const made = net({ noisy: true });
    const together = await group(made, { count: 2 });
    const done = await together.step(whole);

    const copies = [net({ noisy: true }), net({ noisy: true })];
    const before = state(net({ noisy: true }));
    let lossSum = 0;
    const gradients = splitBatch(whole, 2).map((share, replica) => {
      const { network, parameters } = copies[replica];
      const [images, targets] = tensorsOf(share);
      const learned = parameters.filter(({ buffer }) => !buffer).map(variableOf);
      const { value, grads } = variableGrads(() => {
        const call = { training: true, step: STEP, replica };
        return reduce(loss.elementwise(network.apply(images, call) as Tensor2D, targets, 1), 'sum');
      }, learned);
      lossSum += value.dataSync()[0];
      return new Map(learned.map((variable, i) => [i, numbers(grads[variable.name])]));
    });
    expect(done.loss).toBeCloseTo(lossSum, 5);
    let learned = 0;
    const expected = made.parameters.map(({ buffer }, i) => {
      if (buffer) {
        const [a, b] = copies.map((copy) => numbers(variableOf(copy.parameters[i])));
        expect(a).not.toEqual(b);
        return a.map((value, at) => (value + b[at]) / 2);
      }
      const [a, b] = gradients.map((share) => share.get(learned)!);
      learned++;
      return before[i].map((value, at) => value - 0.1 * (a[at] + b[at]));
    });
    expectClose(state(made), expected);
    await together.close();
  });

  it('gives the same bits twice, and a second pass the masks of the first', async () => {
    const runs: number[][][] = [];
    for (let run = 0; run < 2; run++) {
      const made = net({ noisy: true });
      const together = await group(made, { count: 3, optimiser: sam(sgd()) });
      for (let step = 0; step < 3; step++) await together.step(batch(8, step), step);
      runs.push(state(made));
      await together.close();
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  it('predicts what one replica predicts, with the weights of the moment', async () => {
    const made = net({ noisy: true });
    const together = await group(made, { count: 3 });
    for (const step of [0, 1]) {
      await together.step(batch(8, step), step);
      const [alone, divided] = [predictorOf(made.network), together.replicas.predictor()];
      for (const whole of [batch(8, 9), batch(2, 8), batch(5, 7)]) {
        expectClose([[...(await divided.predict(whole))]], [[...(await alone.predict(whole))]]);
      }
      alone.dispose();
      divided.dispose();
    }
    await together.close();
  });

  it('leaves no tensors', async () => {
    const made = net({ noisy: true });
    const before = memory().numTensors;
    const together = await group(made, { count: 3, optimiser: sam(sgd()) });
    await together.step(batch(8));
    const after = memory().numTensors;
    for (let step = 0; step < 3; step++) await together.step(batch(8, step), step);
    const predictor = together.replicas.predictor();
    await predictor.predict(batch(8));
    predictor.dispose();
    await together.step(batch(8));
    expect(memory().numTensors).toBe(after);
    await together.close();
    expect(memory().numTensors).toBe(before);
  });

  it.each([0, 1, 2])(
    'stops when the loss of share %i is NaN, with the weights before the step',
    async (bad) => {
      const made = net();
      const together = await group(made, { count: 3, optimiser: sam(sgd()) });
      await together.step(batch(9), 0);
      const [before, tensors] = [state(made), memory().numTensors];
      const broken = batch(9);
      broken.images.fill(NaN, 3 * bad * SIDE * SIDE * 3, 3 * (bad + 1) * SIDE * SIDE * 3);
      const step = together.step(broken, 1);
      await expect(step).rejects.toThrow(DivergenceError);
      await expect(step).rejects.toThrow(/step 2.*NaN/);
      expect(state(made)).toEqual(before);
      expect(memory().numTensors).toBe(tensors);
      await together.close();
    },
  );

  it.each<[string, Error, object]>([
    ['says', new EngineError('engine/out-of-memory', 'no room'), { code: 'engine/out-of-memory' }],
    ['does not say', new TypeError('own head'), { code: 'engine/replica-died' }],
  ])('stops when a replica fails in the second pass, for a reason that it %s', async (_, error, expected) => {
    const made = net();
    let passes = 0;
    const failing = net();
    const build = () => {
      const network = { apply: (...args: Parameters<LayersModel['apply']>) => {
          if (++passes === 4) throw error;
          return failing.network.apply(...args);
        } } as LayersModel; // prettier-ignore
      return parts({ ...failing, network });
    };
    const together = await group(made, { count: 2, optimiser: sam(sgd()), build });
    await together.step(batch(8), 0);
    const [before, tensors] = [state(made), memory().numTensors];
    const step = together.step(batch(8), 1);
    await expect(step).rejects.toThrow(EngineError);
    await expect(step).rejects.toMatchObject({ ...expected, exitCode: 5 });
    await expect(step).rejects.toThrow(new RegExp(`Replica 1.*${error.message}`));
    expect(state(made)).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
    await expect(together.step(batch(8), 1)).rejects.toMatchObject(expected);
    await together.close();
  });
});

it('refuses a replica of another model', async () => {
  await useEngine('cpu');
  const started = group(net(), { count: 2, build: () => parts(net({ filters: 5 })) });
  await expect(started).rejects.toThrow(UsageError);
  await expect(started).rejects.toMatchObject({
    code: 'usage/replica-differs',
    message: expect.stringMatching(/^Replica 1: here .*"conv.weight" \[3,3,3,5\].*"conv.weight" \[3,3,3,4\]/),
  });
});
