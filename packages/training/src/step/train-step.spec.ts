import { layers, model as layersModel, input, type LayersModel } from '@tensorflow/tfjs-layers';
import { add, memory, mul, sqrt, square, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'; // prettier-ignore
import { DivergenceError, RandomStream, UsageError, type Examples, type Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { BatchNorm, Linear, parametersOf, variableOf } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { parameterGroups } from '../optimisers/parameter-groups.js';
import { numbers } from '../optimisers/parameter.fixture.js';
import { adamw } from '../optimisers/adamw.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import type { Reduction } from './loss-value.js';
import { trainStep } from './train-step.js';
import { trainableModel, type TrainableModel } from './trainable-model.js';

const [B, F, K] = [8, 8, 3];
const loss = binaryCrossEntropy();

function network(seed: number): LayersModel {
  const x = input({ shape: [F] });
  let y = new Linear({ name: 'fc1', units: 16, seed }).apply(x);
  y = new BatchNorm({ name: 'bn1' }).apply(y);
  y = layers.activation({ activation: 'tanh' }).apply(y);
  return layersModel({
    inputs: x,
    outputs: new Linear({ name: 'fc2', units: K, seed }).apply(y) as typeof x,
  });
}

/** The value itself; its gradient, as far as it comes through `source`, is NaN. */
function withoutGradient(value: Tensor2D, source: Tensor2D = value): Tensor2D {
  // d√x/dx at 0 is infinite, and 0 · ∞ is NaN.
  return add(value, mul(sqrt(mul(square(source), 0)), 0));
}

function model(
  optimiser: Optimiser,
  { seed = 1, clipGradient = 0 } = {},
): TrainableModel & { weights: () => number[] } {
  const net = network(seed);
  const groups = parameterGroups(parametersOf(net), { weightDecay: 1e-3 });
  const made = trainableModel({
    forward: (inputs, call) => net.apply(inputs, call) as Tensor2D,
    scale: 1,
    optimiser: optimiser.bind(groups),
    clipGradient,
  });
  return { ...made, weights: () => made.learned.flatMap((p) => numbers(variableOf(p))) };
}

function batch(seed: number): Examples {
  const random = new RandomStream(seed, 'batch');
  return {
    inputs: Float32Array.from({ length: B * F }, () => random.normal()),
    shape: [B, F],
    targets: Float32Array.from({ length: B * K }, () => random.integer(2)),
  };
}

async function steps(
  models: TrainableModel[],
  count: number,
  options: { rate?: number; reduction?: Reduction } = {},
) {
  const losses: number[] = [];
  const { rate: learningRate = 0.02, reduction = 'sum' } = options;
  for (let step = 0; step < count; step++) {
    const [done] = await trainStep(models, batch(0), { loss, reduction, learningRate, step });
    losses.push(done.loss);
  }
  return losses;
}

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each([
    ['sgd', sgd()],
    ['adamw', adamw()],
    ['sam around sgd', sam(sgd())],
  ])('%s learns a batch by heart and loses no tensors', async (_, optimiser) => {
    const one = model(optimiser);
    const first = await steps([one], 5);
    const after5 = memory().numTensors;
    const later = await steps([one], 45);
    expect(memory().numTensors).toBe(after5);
    expect(later[44]).toBeLessThan(first[0] / 2);
  });

  it('takes the mean of the loss when asked to: the same as a smaller learning rate', async () => {
    const [summed, averaged] = [model(sgd()), model(sgd())];
    await steps([summed], 3, { rate: 0.01 });
    await steps([averaged], 3, { rate: 0.01 * B * K, reduction: 'mean' });
    // Weight decay is not part of the loss: it makes them differ by about rate · decay · weight.
    summed.weights().forEach((weight, i) => expect(averaged.weights()[i]).toBeCloseTo(weight, 2));
  });

  it('takes the mean over the known targets of the batch, and 0 where there are none', async () => {
    const whole = batch(0);
    const targets = whole.targets.map((target, i) => (i % 3 === 0 || i < 5 ? -1 : target));
    const known = targets.filter((target) => target >= 0).length;
    const step = async (one: TrainableModel, examples: Examples, reduction: Reduction, rate: number) => {
      const [done] = await trainStep([one], examples, { loss, reduction, learningRate: rate, step: 0 });
      return done;
    };
    const undecayed = () => model(sgd({ momentum: 0 }));
    const [summed, averaged] = [undecayed(), undecayed()];
    const total = await step(summed, { ...whole, targets }, 'sum', 1e-3);
    const mean = await step(averaged, { ...whole, targets }, 'mean', 1e-3);
    expect(mean.loss).toBeCloseTo(total.loss / known, 6);
    expect(mean.gradientNorm).toBeCloseTo(total.gradientNorm / known, 6);
    const nothing = await step(undecayed(), { ...whole, targets: targets.map(() => -1) }, 'mean', 1);
    expect([nothing.loss, nothing.gradientNorm]).toEqual([0, 0]);
  });

  it('clips the gradient of the whole model', async () => {
    const limit = 0.1;
    const [one, before] = [model(sgd({ momentum: 0 }), { clipGradient: limit }), model(sgd())];
    await steps([one], 1, { rate: 0.01 });
    // One step moves by rate · factor · (gradient + decay · weight): at most 2 · 0.01 · limit, and the decay.
    const [then, now] = [before.weights(), one.weights()];
    const moved = Math.sqrt(now.reduce((sum, value, i) => sum + (value - then[i]) ** 2, 0));
    const decay = 0.01 * 1e-3 * Math.sqrt(then.reduce((sum, value) => sum + value * value, 0));
    expect(moved).toBeLessThanOrEqual(2 * 0.01 * limit + decay + 1e-6);
    expect(moved).toBeGreaterThan(0.01 * limit * 0.5);
  });

  it('two models that agree teach each other nothing', async () => {
    const alone = model(sgd());
    const twins = [model(sgd()), model(sgd())];
    await steps([alone], 3);
    await steps(twins, 3);
    twins[0].weights().forEach((weight, i) => expect(weight).toBeCloseTo(alone.weights()[i], 5));
  });

  it('models that differ move towards each other', async () => {
    const pair = [model(sgd(), { seed: 1 }), model(sgd(), { seed: 2 })];
    const options = { loss, reduction: 'sum', learningRate: 0.001, step: 0 } as const;
    const results = await trainStep(pair, batch(0), options);
    for (const { mutual } of results) expect(mutual).toBeGreaterThan(0);
  });

  it.each([
    ['sgd', sgd()],
    ['sam around sgd', sam(sgd())],
  ])('%s stops at a NaN, with the weights before the step and without a leak', async (_, optimiser) => {
    const one = model(optimiser);
    await steps([one], 2);
    const [before, tensors] = [one.weights(), memory().numTensors];
    const broken = { ...batch(0), inputs: new Float32Array(B * F).fill(NaN) };
    const step = trainStep([one], broken, { loss, reduction: 'sum', learningRate: 0.5, step: 2 });
    await expect(step).rejects.toThrow(DivergenceError);
    await expect(step).rejects.toThrow(/step 3.*NaN.*0\.5/);
    expect(one.weights()).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
  });

  it.each([
    ['sgd', sgd(), 1],
    ['the first pass of sam', sam(sgd()), 1],
    ['the second pass of sam', sam(sgd()), 2],
  ])(
    '%s skips a step whose gradient is not finite: nothing is moved, nothing leaks',
    async (_, optimiser, at) => {
      const one = model(optimiser);
      await steps([one], 2);
      const velocities = () => [...one.optimiser.snapshot().tensors.values()].map((v) => [...v.dataSync()]);
      const [weights, before, tensors] = [one.weights(), velocities(), memory().numTensors];
      let passes = 0;
      const breaking: Loss = {
        ...loss,
        elementwise: (...given) => {
          const value = loss.elementwise(...given);
          return ++passes === at ? withoutGradient(value, given[0]) : value;
        },
      };
      const options = { reduction: 'sum', learningRate: 0.02 } as const;
      const [done] = await trainStep([one], batch(0), { ...options, loss: breaking, step: 2 });
      expect(done.skipped).toBe(true);
      expect(done.loss).toBeGreaterThan(0);
      expect(Number.isFinite(done.gradientNorm)).toBe(at === 2);
      expect(one.weights()).toEqual(weights);
      expect(velocities()).toEqual(before);
      expect(memory().numTensors).toBe(tensors);
      expect((await trainStep([one], batch(0), { ...options, loss, step: 3 }))[0].skipped).toBe(false);
      expect(one.weights()).not.toEqual(weights);
    },
  );

  it('a gradient of one model that is not finite skips the step of all', async () => {
    const pair = [model(sgd(), { seed: 1 }), model(sgd(), { seed: 2 })];
    const before = pair.map((one) => one.weights());
    const broken = {
      ...pair[1],
      forward: (x: Tensor, call: never) => withoutGradient(pair[1].forward(x, call)),
    };
    const options = { loss, reduction: 'sum', learningRate: 0.001, step: 0 } as const;
    const done = await trainStep([pair[0], broken], batch(0), options);
    expect(done.map(({ skipped }) => skipped)).toEqual([true, true]);
    expect(pair.map((one) => one.weights())).toEqual(before);
  });

  it('refuses to mix models with and without SAM', async () => {
    await expect(steps([model(sgd()), model(sam(sgd()))], 1)).rejects.toThrow(UsageError);
  });
});
