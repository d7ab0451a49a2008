import { runConfigSchema, type RunConfig } from '../config/run-config.js';
import { project, type MeasuredCosts } from './projection.js';

const training = (settings: object): RunConfig['training'] =>
  runConfigSchema.parse({
    model: { backbone: { name: 'b' }, head: { name: 'h' } },
    training: { epochs: 10, batchSize: 8, ...settings },
  }).training;

const costs: MeasuredCosts = { trainImage: 0.5, evaluateImage: 0.1, evaluateAuxiliary: [], checkpoint: 3 };
const images = { train: 100, validation: 40 };

it('counts full batches, both sets of weights and a checkpoint an epoch', () => {
  // 12 batches of 8 images, 4 s each; 2 x 40 images at 0.1 s.
  expect(project(costs, images, training({}))).toEqual({
    batchSize: 8,
    steps: 12,
    step: 4,
    epoch: { train: 48, evaluate: 8, checkpoint: 3 },
    run: 10 * (48 + 8 + 3),
  });
});

it.each([
  ['no average', { ema: false }, 10 * (48 + 4 + 3)],
  // After epochs 4, 8 and the last.
  ['rare evaluations', { evaluateEvery: 4 }, 10 * (48 + 3) + 3 * 8],
  // 120 steps.
  ['checkpoints between steps', { checkpointEvery: 50 }, 10 * (48 + 8 + 3) + 2 * 3],
  ['checkpoints that stay', { keepEvery: 3 }, 10 * (48 + 8 + 3) + 3 * 3],
])('counts %s', (_, settings, seconds) => {
  expect(project(costs, images, training(settings)).run).toBeCloseTo(seconds, 9);
});

it('evaluates auxiliary models once', () => {
  const pair = { ...costs, evaluateAuxiliary: [0.2, 0.3] };
  expect(project(pair, images, training({})).run).toBeCloseTo(10 * (48 + 8 + 3) + 40 * 0.5, 9);
});

it('makes smaller batches of a small set, and evaluates nothing without validation images', () => {
  expect(project({ ...costs, evaluateImage: undefined }, { train: 5 }, training({ epochs: 1 }))).toEqual({
    batchSize: 5,
    steps: 1,
    step: 2.5,
    epoch: { train: 2.5, evaluate: 0, checkpoint: 3 },
    run: 5.5,
  });
});
