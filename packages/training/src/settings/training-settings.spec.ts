import { UsageError, validate } from '@polytag/core';
import { optimiserFrom, scheduleFrom } from './from-settings.js';
import { trainingSettingsSchema } from './training-settings.js';

const settings = (value: unknown) => validate(trainingSettingsSchema, value, { source: 'test' });

it("has the paper's settings for COCO as its defaults (method section 4.11)", () => {
  expect(settings({})).toEqual({
    epochs: 60,
    learningRate: 0.007,
    weightDecay: 5e-4,
    noBiasDecay: true,
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
    ema: { decay: 0.9997 },
    reduction: 'sum',
    clipGradient: 0,
    replicas: 1,
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

it.each([
  { epochs: 0 },
  { learningRate: -1 },
  { optimiser: { name: 'adamw', momentum: 0.9 } },
  { optimiser: { name: 'rmsprop' } },
  { schedule: { name: 'constant', pctStart: 0.2 } },
  { ema: { decay: 1 } },
  { sam: true },
  { reduction: 'batch-mean' },
  { replicas: 0 },
  { replicas: 1.5 },
  { replicas: 'all' },
])('refuses %j', (value) => {
  expect(() => settings(value)).toThrow(UsageError);
});

it('names what it makes', () => {
  const made = (value: object) => [
    optimiserFrom(settings(value)).name,
    scheduleFrom(settings(value), 10).name,
  ];
  expect(made({})).toEqual(['sam(sgd)', 'one-cycle']);
  expect(made({ optimiser: { name: 'adamw' }, sam: false, schedule: { name: 'constant' } })).toEqual([
    'adamw',
    'constant',
  ]);
});
