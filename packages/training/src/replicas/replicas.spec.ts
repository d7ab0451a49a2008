import {
  add,
  dispose,
  memory,
  mul,
  sqrt,
  square,
  tensor,
  tensor2d,
  variableGrads,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { input, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  DivergenceError,
  DataError,
  EngineError,
  HALF,
  IMAGENET,
  RandomStream,
  splitBatch,
  UsageError,
  type Batch,
  type BatchwiseLoss,
  type ElementwiseLoss,
  type Loss,
  type Preprocessing,
} from '@polytag/core';
import { engineMemory, useEngine, writeValues } from '@polytag/engine';
import {
  BatchNorm,
  Convolution2D,
  Dropout,
  GlobalPool,
  Linear,
  parametersOf,
  variableOf,
} from '@polytag/layers';
import { binaryCrossEntropy, splcLoss, twoWayLoss } from '@polytag/losses';
import { parameterGroups } from '../optimisers/parameter-groups.js';
import { numbers } from '../optimisers/parameter.fixture.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import { reduce, type Reduction } from '../step/loss-value.js';
import { trainStep, type BatchSharing, type StepResult } from '../step/train-step.js';
import { trainableModel } from '../step/trainable-model.js';
import { predictorOf } from '@polytag/evaluation';
import { renormalisation } from '../step/renormalise.js';
import { smallModel } from '../features/photographs.fixture.js';
import { localLinks } from './local-link.fixture.js';
import type { ReplicaParts } from './replica-module.js';
import { Replicas } from './replicas.js';

const [SIDE, K, STEP] = [6, 3, 4];
const loss = binaryCrossEntropy();

interface Net {
  readonly network: LayersModel;
  readonly parameters: ReturnType<typeof parametersOf>;
  readonly scale: number;
  readonly preprocessing?: Preprocessing;
}

/** Convolution, pooling, dropout, linear; `batchNorm` is what makes it depend on how a batch is divided. */
function net({ batchNorm = false, filters = 4, seed = 1 } = {}): Net {
  const image = input({ shape: [SIDE, SIDE, 3] });
  let y = new Convolution2D({ name: 'conv', filters, kernelSize: 3, stride: 2, seed }).apply(image);
  if (batchNorm) y = new BatchNorm({ name: 'bn', activation: 'relu' }).apply(y);
  y = new GlobalPool({ name: 'pool' }).apply(y);
  y = new Dropout({ name: 'drop', rate: 0.5, seed: 1 }).apply(y);
  const network = layersModel({
    inputs: image,
    outputs: new Linear({ name: 'fc', units: K, seed }).apply(y) as SymbolicTensor,
  });
  return { network, parameters: parametersOf(network), scale: 1 };
}

function batch(size: number, seed = 0): Batch {
  const random = new RandomStream(seed, 'batch');
  return {
    inputs: Float32Array.from({ length: size * SIDE * SIDE * 3 }, () => random.normal()),
    shape: [size, SIDE, SIDE, 3],
    targets: Float32Array.from({ length: size * K }, () => random.integer(2)),
    indices: Uint32Array.from({ length: size }, (_, i) => i),
  };
}

/** Some targets are unknown, more of them in one share of the batch than in another. */
function partlyKnown(whole: Batch, seed: number): Batch {
  const random = new RandomStream(seed, 'unknown');
  return { ...whole, targets: whole.targets.map((target) => (random.integer(3) === 0 ? -1 : target)) };
}

const state = ({ parameters }: Net) => parameters.map((parameter) => numbers(variableOf(parameter)));
const statistics = ({ parameters }: Net) =>
  parameters.filter(({ buffer }) => buffer).map((parameter) => numbers(variableOf(parameter)));
const parts = (made: Net): ReplicaParts => ({ model: made, loss }) as ReplicaParts;

/** The images are normalised as the first model of a group wants them: by halves, where it says so. */
const ownPixels = (preprocessing?: Preprocessing) =>
  renormalisation(HALF, preprocessing?.normalisation ?? HALF);

interface Settings {
  /** Of all replicas. Default: binary cross entropy. */
  readonly loss?: Loss;
  readonly epoch?: number;
  readonly optimiser?: Optimiser;
  readonly count?: number;
  readonly reduction?: Reduction;
  readonly clipGradient?: number;
  readonly microBatch?: number;
  readonly others?: readonly Net[];
  readonly build?: (replica: number) => ReplicaParts;
}

/** A model, and those that learn with it, with their replicas on this thread. `step` trains them on a batch, as `fit` does. */
async function group(made: Net, settings: Settings = {}) {
  const { optimiser = sgd({ momentum: 0 }), count = 1, reduction = 'sum' } = settings;
  const { clipGradient = 0, microBatch, others = [], epoch } = settings;
  const trained = settings.loss ?? loss;
  const all = [made, ...others];
  const copies: Net[] = [];
  const build = (replica: number) => {
    // Other seeds: a replica has the weights of the first, whatever it was built with.
    const [first, ...rest] = all.map(({ parameters, scale, preprocessing }, i) => {
      const batchNorm = parameters.some(({ buffer }) => buffer);
      return { ...net({ batchNorm, seed: 100 + 10 * replica + i }), scale, preprocessing };
    });
    copies.push(first, ...rest);
    return { ...parts(first), loss: trained, auxiliary: rest } as ReplicaParts;
  };
  const links = localLinks(settings.build ?? build);
  const replicas = await Replicas.start({
    count,
    reduction,
    microBatch,
    kind: 'images',
    models: all,
    connect: links.connect,
    engine: { name: 'cpu', options: {} },
    source: { module: 'here' },
  });
  const models = all.map(({ network, parameters, scale, preprocessing }) =>
    trainableModel({
      forward: (images, call) => network.apply(ownPixels(preprocessing)(images), call) as Tensor2D,
      scale,
      optimiser: optimiser.bind(parameterGroups(parameters, { weightDecay: 0, noBiasDecay: false })),
      clipGradient,
    }),
  );
  const steps = (whole: Batch, step = STEP): Promise<StepResult[]> =>
    trainStep(models, whole, {
      loss: trained,
      reduction,
      learningRate: 0.1,
      epoch,
      step,
      microBatch,
      replicas,
    });
  return {
    replicas,
    steps,
    step: async (whole: Batch, step?: number) => (await steps(whole, step))[0],
    async close() {
      await replicas.close();
      links.close();
      models.forEach(({ optimiser: bound }) => bound.dispose());
      copies.forEach(({ network }) => network.dispose());
    },
  };
}

function tensorsOf({ inputs, shape, targets }: Batch): [Tensor, Tensor2D] {
  return [tensor(inputs, [...shape]), tensor2d(targets, [shape[0], K])];
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
    [
      'two, adaptive sam, clipped',
      { count: 2, optimiser: sam(sgd(), { adaptive: true }), clipGradient: 0.1 },
    ],
    ['three, the mean of the loss', { count: 3, reduction: 'mean', optimiser: sgd() }],
    ['two, clipped', { count: 2, clipGradient: 0.1 }],
    ['more replicas than images', { count: 9 }],
    ['one, in micro-batches', { microBatch: 3, optimiser: sgd() }],
    ['one, in micro-batches of one image', { microBatch: 1, reduction: 'mean' }],
    ['one, in micro-batches, sam around sgd', { microBatch: 3, optimiser: sam(sgd()) }],
    [
      'one, in micro-batches, adaptive sam, clipped',
      { microBatch: 2, optimiser: sam(sgd(), { adaptive: true }), clipGradient: 0.1 },
    ],
    ['two, a loss of its epoch', { count: 2, microBatch: 3, loss: splcLoss({ threshold: 0.4 }), epoch: 1 }],
    [
      'two, in micro-batches, sam around sgd, the mean',
      { count: 2, microBatch: 3, optimiser: sam(sgd()), reduction: 'mean' },
    ],
  ])('gradients of shares add up to the gradient of the batch: %s', async (_, settings) => {
    const [one, many] = [net(), net()];
    const whole = { ...settings, count: 1, microBatch: undefined };
    const [alone, together] = [await group(one, whole), await group(many, settings)];
    for (let step = 0; step < 3; step++) {
      const examples = partlyKnown(batch(8, step), step);
      const [a, b] = [await alone.step(examples, step), await together.step(examples, step)];
      expect(b.loss).toBeCloseTo(a.loss, 4);
      expect(b.gradientNorm).toBeCloseTo(a.gradientNorm, 4);
    }
    expect(state(many).flat()).not.toEqual(state(net()).flat());
    expectClose(state(many), state(one));
    await alone.close();
    await together.close();
  });

  it('a batchwise loss is the mean of its parts, by images, whoever computes them', async () => {
    const examples = partlyKnown(batch(8), 0);
    const loss = twoWayLoss();
    const [whole, divided, inMicroBatches] = [
      await group(net(), { loss }),
      await group(net(), { loss, count: 2 }),
      await group(net(), { loss, microBatch: 4, reduction: 'mean' }),
    ];
    const [a, b] = [await divided.step(examples), await inMicroBatches.step(examples)];
    expect(b.loss).toBeCloseTo(a.loss, 5);
    expect(b.gradientNorm).toBeCloseTo(a.gradientNorm, 5);
    const all = await whole.step(examples);
    expect(Math.abs(all.loss - a.loss)).toBeGreaterThan(1e-3);
    for (const made of [whole, divided, inMicroBatches]) await made.close();
  });

  it('a batchwise loss that refuses parts says so', async () => {
    const loss: BatchwiseLoss = { ...twoWayLoss(), parts: 'refused' };
    const divided = await group(net(), { loss, microBatch: 4 });
    await expect(divided.step(batch(8))).rejects.toMatchObject({ code: 'usage/batch-parts', exitCode: 2 });
    await divided.close();
  });

  it.each<[string, Settings]>([
    ['sum', { count: 2, microBatch: 3, optimiser: sam(sgd()) }],
    ['mean', { count: 3, reduction: 'mean' }],
  ])('models that learn from each other do so in parts as in one piece: %s', async (_, settings) => {
    const size = { height: SIDE, width: SIDE };
    const trio = (): [Net, ...Net[]] => [
      { ...net(), preprocessing: { ...size, normalisation: HALF } },
      { ...net({ seed: 2 }), scale: 3, preprocessing: { ...size, normalisation: IMAGENET } },
      net({ seed: 3 }),
    ];
    const [[one, ...beside], [many, ...others]] = [trio(), trio()];
    const alone = await group(one, { ...settings, count: 1, microBatch: undefined, others: beside });
    const together = await group(many, { ...settings, others });
    for (let step = 0; step < 3; step++) {
      const [a, b] = [await alone.steps(batch(8, step), step), await together.steps(batch(8, step), step)];
      a.forEach(({ loss: own, mutual, gradientNorm }, i) => {
        expect(mutual).toBeGreaterThan(1e-4);
        expect(b[i].loss).toBeCloseTo(own, 4);
        expect(b[i].mutual).toBeCloseTo(mutual, 6);
        expect(b[i].gradientNorm).toBeCloseTo(gradientNorm, 4);
      });
    }
    [one, ...beside].forEach((net, i) => expectClose(state([many, ...others][i]), state(net)));
    const predictor = together.replicas.predictor(1);
    const direct = predictorOf(others[0].network, undefined, ownPixels(others[0].preprocessing));
    expectClose([[...(await predictor.predict(batch(8)))]], [[...(await direct.predict(batch(8)))]]);
    predictor.dispose();
    direct.dispose();
    await alone.close();
    await together.close();
  });

  it('with batch norm and dropout is each share by itself, added up; running statistics are the mean', async () => {
    const whole = batch(7);
    const made = net({ batchNorm: true });
    const together = await group(made, { count: 2 });
    const done = await together.step(whole);

    const copies = [net({ batchNorm: true }), net({ batchNorm: true })];
    const before = state(net({ batchNorm: true }));
    let lossSum = 0;
    const gradients = splitBatch(whole, 2).map((share, replica) => {
      const { network, parameters } = copies[replica];
      const batchOffset = replica * 4;
      const [images, targets] = tensorsOf(share);
      const learned = parameters.filter(({ buffer }) => !buffer).map(variableOf);
      const { value, grads } = variableGrads(() => {
        const call = { training: true, step: STEP, batchOffset };
        return reduce(loss.elementwise(network.apply(images, call) as Tensor2D, targets, 1), 'sum', 1);
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

  it('running statistics see one micro-batch after the other, in each pass of sam, as its part of the batch', async () => {
    const whole = batch(8);
    const made = net({ batchNorm: true });
    // So small a radius leaves the weights of the second pass where they are.
    const together = await group(made, { count: 2, microBatch: 2, optimiser: sam(sgd(), { rho: 1e-9 }) });
    await together.step(whole);
    const copies = splitBatch(whole, 2).map(() => net({ batchNorm: true }));
    for (const pass of [1, 2]) {
      splitBatch(whole, 2).forEach((share, replica) => {
        for (const [i, part] of splitBatch(share, 2).entries()) {
          const [images, targets] = tensorsOf(part);
          const call = { training: true, step: STEP, batchOffset: 4 * replica + 2 * i };
          dispose([copies[replica].network.apply(images, call) as Tensor, images, targets]);
        }
      });
      const means = statistics(copies[0]).map((values, i) =>
        values.map((value, at) => (value + statistics(copies[1])[i][at]) / 2),
      );
      if (pass === 2) expectClose(statistics(made), means);
      // A pass begins with the mean over the replicas.
      for (const { parameters } of copies) {
        parameters.filter(({ buffer }) => buffer).forEach((parameter, i) => {
          writeValues(variableOf(parameter), Float32Array.from(means[i]));
        }); // prettier-ignore
      }
    }
    copies.forEach(({ network }) => network.dispose());
    await together.close();
  });

  it('gives the same bits twice, and a second pass the masks of the first', async () => {
    const runs: number[][][] = [];
    for (let run = 0; run < 2; run++) {
      const made = net({ batchNorm: true });
      const together = await group(made, { count: 3, microBatch: 2, optimiser: sam(sgd()) });
      for (let step = 0; step < 3; step++) await together.step(batch(8, step), step);
      runs.push(state(made));
      await together.close();
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  it('predicts what one replica predicts, with the weights of the moment', async () => {
    const made = net({ batchNorm: true });
    const together = await group(made, { count: 3, microBatch: 2 });
    for (const step of [0, 1]) {
      await together.step(batch(8, step), step);
      const [alone, divided] = [predictorOf(made.network), together.replicas.predictor()];
      for (const whole of [batch(8, 9), batch(2, 8), batch(7, 7)]) {
        expectClose([[...(await divided.predict(whole))]], [[...(await alone.predict(whole))]]);
      }
      alone.dispose();
      divided.dispose();
    }
    await together.close();
  });

  it('leaves no tensors, and needs no more heap after many steps', async () => {
    const made = net({ batchNorm: true });
    const before = memory().numTensors;
    const together = await group(made, { count: 3, microBatch: 2, optimiser: sam(sgd()) });
    await together.step(batch(8));
    const after = memory().numTensors;
    const { heapBytes } = engineMemory();
    for (let step = 0; step < 25; step++) await together.step(batch(8, step), step);
    expect(engineMemory().heapBytes).toBe(heapBytes);
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
      broken.inputs.fill(NaN, 3 * bad * SIDE * SIDE * 3, 3 * (bad + 1) * SIDE * SIDE * 3);
      const step = together.step(broken, 1);
      await expect(step).rejects.toThrow(DivergenceError);
      await expect(step).rejects.toThrow(/step 2.*NaN/);
      expect(state(made)).toEqual(before);
      expect(memory().numTensors).toBe(tensors);
      await together.close();
    },
  );

  it.each([
    ['the first pass', 3],
    ['the second pass', 4],
  ])('skips a step when the gradient of a share is not finite in %s', async (_, at) => {
    const made = net();
    let passes = 0;
    // d√x/dx at 0 is infinite, and 0 · ∞ is NaN.
    const elementwise = (...given: Parameters<ElementwiseLoss['elementwise']>) => {
      const value = loss.elementwise(...given);
      return ++passes === at ? add(value, mul(sqrt(mul(square(given[0]), 0)), 0)) : value;
    };
    const build = () => ({ ...parts(net()), loss: { ...loss, elementwise } }) as ReplicaParts;
    const together = await group(made, { count: 2, optimiser: sam(sgd()), build });
    await together.step(batch(8), 0);
    const [before, tensors] = [state(made), memory().numTensors];
    const { skipped, loss: value } = await together.step(batch(8), 1);
    expect(skipped).toBe(true);
    expect(Number.isFinite(value)).toBe(true);
    expect(state(made)).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
    expect((await together.step(batch(8), 2)).skipped).toBe(false);
    expect(state(made)).not.toEqual(before);
    await together.close();
  });

  it.each<[string, Error, object]>([
    [
      'says',
      new EngineError('engine/out-of-memory', 'no room'),
      { code: 'engine/out-of-memory', exitCode: 5 },
    ],
    ['names its data', new DataError('data/x', 'a bad image'), { code: 'data/x', exitCode: 3 }],
    ['does not know', new TypeError('own head'), { name: 'TypeError' }],
  ])(
    'stops when a replica fails in the second pass, and passes its error on, where it %s',
    async (_, error, expected) => {
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
      await expect(step).rejects.toMatchObject(expected);
      await expect(step).rejects.toThrow(new RegExp(`Replica 1.*${error.message}`));
      expect(state(made)).toEqual(before);
      expect(memory().numTensors).toBe(tensors);
      await expect(together.step(batch(8), 1)).rejects.toMatchObject(expected);
      await together.close();
    },
  );
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

it('shares out feature maps: each replica has the head alone', async () => {
  await useEngine('wasm');
  const model = await smallModel({ head: 'ml-decoder' });
  const [, height, width, channels] = model.features.outputs[0].shape as number[];
  const random = new RandomStream(1, 'maps');
  const maps: Batch = {
    inputs: Float32Array.from({ length: 5 * height * width * channels }, () => random.normal()),
    shape: [5, height, width, channels],
    targets: Float32Array.from({ length: 5 * model.labels.size }, () => random.integer(2)),
    indices: Uint32Array.from([0, 1, 2, 3, 4]),
  };
  const copies = [await smallModel({ head: 'ml-decoder' }), await smallModel({ head: 'ml-decoder' })];
  const links = localLinks((replica) => ({ model: copies[replica - 1], loss }));
  const replicas = await Replicas.start({
    count: 3,
    reduction: 'sum',
    models: [model],
    kind: 'feature-maps',
    connect: links.connect,
    engine: { name: 'wasm', options: {} },
    source: { module: 'here' },
  });
  const [alone, divided] = [predictorOf(model.headNetwork), replicas.predictor()];
  expectClose([[...(await divided.predict(maps))]], [[...(await alone.predict(maps))]]);
  alone.dispose();
  divided.dispose();

  const head = model.parameters.filter(({ key }) => !model.isBackboneKey(key));
  const keys = new Set(model.parameters.map(({ key }) => key).filter((key) => model.isBackboneKey(key)));
  const frozen = { parameters: keys, batchNorms: new Set<string>() };
  const ofHead = () =>
    trainableModel({
      forward: (input, call) => model.headNetwork.apply(input, call) as Tensor2D,
      scale: 1,
      optimiser: sgd({ momentum: 0 }).bind(parameterGroups(head, { weightDecay: 0, noBiasDecay: false })),
      freezing: { always: frozen, during: () => frozen },
    });
  const before = head.map((parameter) => numbers(variableOf(parameter)));
  const step = async (sharing?: BatchSharing) => {
    const options = { loss, reduction: 'sum', learningRate: 0.1, step: STEP } as const;
    await trainStep([ofHead()], maps, { ...options, replicas: sharing });
    const after = head.map((parameter) => numbers(variableOf(parameter)));
    head.forEach((parameter, i) => writeValues(variableOf(parameter), Float32Array.from(before[i])));
    return after;
  };
  const expected = await step();
  const divergence = (await step(replicas)).map((values, i) =>
    values.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[i][at])), 0),
  );
  expect(Math.max(...divergence)).toBeLessThan(1e-5);
  expect(expected).not.toEqual(before);
  await replicas.close();
  links.close();
  [model, ...copies].forEach((one) => one.dispose());
});
