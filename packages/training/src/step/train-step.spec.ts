import { layers, model as layersModel, input, type LayersModel } from '@tensorflow/tfjs-layers';
import { add, memory, mul, sqrt, square, tensor2d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'; // prettier-ignore
import { DivergenceError, RandomStream, UsageError, type Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { BatchNorm, Linear, parametersOf } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { parameterGroups, variableOf } from '../groups/parameter-groups.js';
import { numbers } from '../groups/parameter.fixture.js';
import { adamw } from '../optimisers/adamw.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import type { Reduction } from './reduction.js';
import { trainStep, type Learner } from './train-step.js';

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

function learner(
  optimiser: Optimiser,
  { seed = 1, clipGradient = 0 } = {},
): Learner & { weights: () => number[] } {
  const net = network(seed);
  const groups = parameterGroups(parametersOf(net), { weightDecay: 1e-3 });
  return {
    forward: (images, call) => net.apply(images, call) as Tensor2D,
    scale: 1,
    optimiser: optimiser.bind(groups),
    clipGradient,
    weights: () => groups.flatMap((group) => group.parameters.flatMap((p) => numbers(variableOf(p)))),
  };
}

function batch(seed: number): { images: Tensor2D; targets: Tensor2D } {
  const random = new RandomStream(seed, 'batch');
  const draw = (size: number, next: () => number) => Float32Array.from({ length: size }, next);
  return {
    images: tensor2d(
      draw(B * F, () => random.normal()),
      [B, F],
    ),
    targets: tensor2d(
      draw(B * K, () => random.integer(2)),
      [B, K],
    ),
  };
}

async function steps(
  learners: Learner[],
  count: number,
  options: { rate?: number; reduction?: Reduction } = {},
) {
  const losses: number[] = [];
  for (let step = 0; step < count; step++) {
    const { images, targets } = batch(0);
    const rates = learners.map(() => ({ learningRate: options.rate ?? 0.02 }));
    const [done] = await trainStep(learners, {
      images,
      targets,
      loss,
      reduction: options.reduction ?? 'sum',
      step,
      rates,
    });
    losses.push(done.loss);
    images.dispose();
    targets.dispose();
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
    const one = learner(optimiser);
    const first = await steps([one], 5);
    const after5 = memory().numTensors;
    const later = await steps([one], 45);
    expect(memory().numTensors).toBe(after5);
    expect(later[44]).toBeLessThan(first[0] / 2);
  });

  it('takes the mean of the loss when asked to: the same as a smaller learning rate', async () => {
    const [summed, averaged] = [learner(sgd()), learner(sgd())];
    await steps([summed], 3, { rate: 0.01 });
    await steps([averaged], 3, { rate: 0.01 * B * K, reduction: 'mean' });
    // Weight decay is not part of the loss: it makes them differ by about rate · decay · weight.
    summed.weights().forEach((weight, i) => expect(averaged.weights()[i]).toBeCloseTo(weight, 2));
  });

  it('clips the gradient of the whole model', async () => {
    const limit = 0.1;
    const [one, before] = [learner(sgd({ momentum: 0 }), { clipGradient: limit }), learner(sgd())];
    await steps([one], 1, { rate: 0.01 });
    // One step moves by rate · factor · (gradient + decay · weight): at most 2 · 0.01 · limit, and the decay.
    const [then, now] = [before.weights(), one.weights()];
    const moved = Math.sqrt(now.reduce((sum, value, i) => sum + (value - then[i]) ** 2, 0));
    const decay = 0.01 * 1e-3 * Math.sqrt(then.reduce((sum, value) => sum + value * value, 0));
    expect(moved).toBeLessThanOrEqual(2 * 0.01 * limit + decay + 1e-6);
    expect(moved).toBeGreaterThan(0.01 * limit * 0.5);
  });

  it('two learners that agree teach each other nothing', async () => {
    const alone = learner(sgd());
    const twins = [learner(sgd()), learner(sgd())];
    await steps([alone], 3);
    await steps(twins, 3);
    twins[0].weights().forEach((weight, i) => expect(weight).toBeCloseTo(alone.weights()[i], 5));
  });

  it('learners that differ move towards each other', async () => {
    const pair = [learner(sgd(), { seed: 1 }), learner(sgd(), { seed: 2 })];
    const { images, targets } = batch(0);
    const rates = pair.map(() => ({ learningRate: 0.001 }));
    const reports = await trainStep(pair, { images, targets, loss, reduction: 'sum', step: 0, rates });
    for (const { mutual } of reports) expect(mutual).toBeGreaterThan(0);
    images.dispose();
    targets.dispose();
  });

  it.each([
    ['sgd', sgd()],
    ['sam around sgd', sam(sgd())],
  ])('%s stops at a NaN, with the weights before the step and without a leak', async (_, optimiser) => {
    const one = learner(optimiser);
    await steps([one], 2);
    const [before, tensors] = [one.weights(), memory().numTensors];
    const { images, targets } = batch(0);
    const broken = tensor2d(
      Float32Array.from({ length: B * F }, () => NaN),
      [B, F],
    );
    const step = trainStep([one], {
      images: broken,
      targets,
      loss,
      reduction: 'sum',
      step: 2,
      rates: [{ learningRate: 0.5 }],
    });
    await expect(step).rejects.toThrow(DivergenceError);
    await expect(step).rejects.toThrow(/step 3.*NaN.*0\.5/);
    images.dispose();
    targets.dispose();
    broken.dispose();
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
      const one = learner(optimiser);
      await steps([one], 2);
      const velocities = () => [...one.optimiser.snapshot().tensors.values()].map((v) => [...v.dataSync()]);
      const { images, targets } = batch(0);
      const [weights, before, tensors] = [one.weights(), velocities(), memory().numTensors];
      let passes = 0;
      const breaking: Loss = {
        ...loss,
        elementwise: (...given) => {
          const value = loss.elementwise(...given);
          return ++passes === at ? withoutGradient(value, given[0]) : value;
        },
      };
      const input = { images, targets, reduction: 'sum', rates: [{ learningRate: 0.02 }] } as const;
      const [done] = await trainStep([one], { ...input, loss: breaking, step: 2 });
      expect(done.skipped).toBe(true);
      expect(done.loss).toBeGreaterThan(0);
      expect(Number.isFinite(done.gradientNorm)).toBe(at === 2);
      expect(one.weights()).toEqual(weights);
      expect(velocities()).toEqual(before);
      expect(memory().numTensors).toBe(tensors);
      expect((await trainStep([one], { ...input, loss, step: 3 }))[0].skipped).toBe(false);
      expect(one.weights()).not.toEqual(weights);
      images.dispose();
      targets.dispose();
    },
  );

  it('a gradient of one learner that is not finite skips the step of all', async () => {
    const pair = [learner(sgd(), { seed: 1 }), learner(sgd(), { seed: 2 })];
    const before = pair.map((one) => one.weights());
    const { images, targets } = batch(0);
    const broken = {
      ...pair[1],
      forward: (x: Tensor, call: never) => withoutGradient(pair[1].forward(x, call)),
    };
    const rates = pair.map(() => ({ learningRate: 0.001 }));
    const done = await trainStep([pair[0], broken], {
      images,
      targets,
      loss,
      reduction: 'sum',
      step: 0,
      rates,
    });
    expect(done.map(({ skipped }) => skipped)).toEqual([true, true]);
    expect(pair.map((one) => one.weights())).toEqual(before);
    images.dispose();
    targets.dispose();
  });

  it('refuses to mix learners with and without SAM', async () => {
    await expect(steps([learner(sgd()), learner(sam(sgd()))], 1)).rejects.toThrow(UsageError);
  });
});
