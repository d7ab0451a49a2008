import { UsageError, validate } from '@polytag/core';
import { optimiserFrom, scheduleFrom } from './from-settings.js';
import { trainingSettingsSchema } from './training-settings.js';

const settings = (value: unknown) => validate(trainingSettingsSchema, value, { source: 'test' });

it("has the paper's settings for COCO as its defaults (docs/method.md#settings)", () => {
  expect(settings({})).toEqual({
    epochs: 60,
    learningRate: 0.007,
    weightDecay: 5e-4,
    noBiasDecay: true,
    freeze: [],
    freezeEpochs: 0,
    frozenBatchNorm: 'running',
    rateFactors: {},
    layerDecay: 1,
    optimiser: { name: 'sgd', momentum: 0.9, dampening: 0, nesterov: false },
    sam: { rho: 0.05, adaptive: false },
    schedule: {
      name: 'one-cycle',
      pctStart: 0.2,
      divFactor: 100,
      finalDivFactor: 1000,
      baseMomentum: 0.85,
      maxMomentum: 0.95,
    },
    warmUp: false,
    ema: { decay: 0.9997 },
    earlyStopping: { patience: 5 },
    reduction: 'sum',
    clipGradient: 0,
    replicas: 1,
    microBatch: 'auto',
    machines: false,
    maxHeap: '3.5GB',
    evaluateEvery: 1,
    checkpointEvery: 0,
    keepEvery: 0,
  });
});

it('fills in what a part of the settings leaves out', () => {
  const { optimiser, ema, sam } = settings({
    optimiser: { name: 'adamw', beta2: 0.99 },
    ema: false,
    sam: { rho: 0.1 },
  });
  expect(optimiser).toEqual({ name: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, amsgrad: false });
  expect(ema).toBe(false);
  expect(sam).toEqual({ rho: 0.1, adaptive: false });
});

it('takes true for every default, of what can be turned off', () => {
  const { sam, ema, earlyStopping, warmUp } = settings({
    sam: true,
    ema: true,
    earlyStopping: true,
    warmUp: true,
  });
  expect({ sam, ema, earlyStopping, warmUp }).toEqual({
    sam: { rho: 0.05, adaptive: false },
    ema: { decay: 0.9997 },
    earlyStopping: { patience: 5 },
    warmUp: { epochs: 5, startFactor: 0.1 },
  });
});

it.each([
  { epochs: 0 },
  { learningRate: -1 },
  { optimiser: { name: 'adamw', momentum: 0.9 } },
  { optimiser: { name: 'rmsprop', beta1: 0.9 } },
  { optimiser: { name: 'lion' } },
  { schedule: { name: 'cosine-restarts', firstCycleEpochs: 3, warmUpEpochs: 3 } },
  { earlyStopping: 'yes' },
  { freeze: 'backbone' },
  { rateFactors: { backbone: 0 } },
  { layerDecay: 0 },
  { layerDecay: 1.1 },
  { schedule: { name: 'constant', pctStart: 0.2 } },
  { ema: { decay: 1 } },
  { sam: 'yes' },
  { reduction: 'batch-mean' },
  { replicas: 0 },
  { replicas: 1.5 },
  { replicas: 'all' },
  { microBatch: 0 },
  { maxHeap: '2 gigabytes' },
  { maxHeap: '5GB' },
  { maxHeap: 2 ** 33 },
])('refuses %j', (value) => {
  expect(() => settings(value)).toThrow(UsageError);
});

it.each([
  [{}, 'sam(sgd)', 'one-cycle'],
  [{ optimiser: { name: 'adamw' }, sam: false, schedule: { name: 'constant' } }, 'adamw', 'constant'],
  [{ optimiser: { name: 'rmsprop' }, sam: false, schedule: { name: 'cosine' } }, 'rmsprop', 'cosine'],
  [{ optimiser: { name: 'radam' }, schedule: { name: 'single-step' } }, 'sam(radam)', 'single-step'],
  [{ schedule: { name: 'reduce-on-plateau' }, warmUp: {} }, 'sam(sgd)', 'warm-up(reduce-on-plateau)'],
])('names what it makes of %j', (value, optimiser, schedule) => {
  expect(optimiserFrom(settings(value)).name).toBe(optimiser);
  expect(scheduleFrom(settings(value), 10).name).toBe(schedule);
});

describe('lengths of a schedule are epochs', () => {
  /** Learning rates of some steps, 10 to the epoch. */
  const rates = (value: object, ...steps: number[]) => {
    const made = settings({ epochs: 6, learningRate: 0.5, ...value });
    const schedule = scheduleFrom(made, 10);
    return steps.map((step) => made.learningRate * schedule.at(step).factor);
  };
  const close = (...expected: number[]) => expected.map((rate) => expect.closeTo(rate, 12));

  it('multi-step', () => {
    const schedule = { name: 'multi-step', milestones: [1, 3] };
    expect(rates({ schedule }, 9, 10, 29, 30)).toEqual(close(0.5, 0.05, 0.05, 0.005));
  });

  it('cosine by the epoch, as the authors, or by the step', () => {
    const schedule = { name: 'cosine', minLearningRate: 0.1 };
    expect(rates({ schedule }, 0, 29, 30, 39, 60)).toEqual(
      close(0.5, 0.3 + 0.2 * Math.cos(Math.PI / 3), 0.3, 0.3, 0.1),
    );
    expect(rates({ schedule: { ...schedule, interval: 'step' } }, 0, 20, 30, 60)).toEqual(
      close(0.5, 0.3 + 0.2 * Math.cos(Math.PI / 3), 0.3, 0.1),
    );
  });

  it('cosine with restarts', () => {
    const schedule = { name: 'cosine-restarts', firstCycleEpochs: 2, warmUpEpochs: 1, minLearningRate: 0.1 };
    expect(rates({ schedule }, 0, 10, 20, 30)).toEqual(close(0.1, 0.5, 0.1, 0.5));
  });

  it('one cycle in what a warm-up leaves', () => {
    const warmUp = { epochs: 2, startFactor: 0.5 };
    const first = 0.5 / 100;
    expect(rates({ warmUp }, 0, 10, 20, 59)).toEqual(close(first / 2, 0.75 * first, first, first / 1000));
  });

  it('forced decay after three quarters of all epochs, the warm-up among them', () => {
    const value = { epochs: 8, warmUp: { epochs: 2 }, schedule: { name: 'reduce-on-plateau' } };
    const { memory, at } = scheduleFrom(settings(value), 1);
    const factors = Array.from({ length: 8 }, (_, epoch) => {
      memory!.observe({ loss: 9 - epoch }, epoch + 1);
      return at(epoch + 1).factor;
    });
    expect(factors.slice(2)).toEqual([1, 1, 1, expect.closeTo(0.1, 12), ...close(0.1, 0.1)]);
  });
});
