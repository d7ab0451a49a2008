import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@polytag/checkpoints';
import { useEngine } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import type { FitEvent } from './fit-event.js';
import type { FitResult } from './fit-options.js';
import { fit } from './fit.js';
import { colours, tinyModel } from './tiny.fixture.js';

/** No rate, so no better score: each evaluation after the first is one without improvement. */
const STILL: TrainingSettingsInput = {
  epochs: 12,
  learningRate: 1e-12,
  ema: false,
  sam: false,
  earlyStopping: { patience: 3 },
  schedule: { name: 'constant' },
};

let folder: string;
beforeAll(() => useEngine('wasm'));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-strategy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly result?: FitResult;
  readonly error?: Error;
  readonly events: FitEvent[];
  readonly weights: Map<string, Float32Array>;
  /** Lines of metrics.jsonl, less the clock. */
  readonly metrics: Partial<EpochMetrics>[];
}

/** A run of a new model; it is stopped after step `stopAt`. */
async function run(
  out: string,
  settings: TrainingSettingsInput,
  { resume = false, stopAt = Infinity, withValidation = true } = {},
): Promise<Outcome> {
  const model = await tinyModel();
  const stop = new AbortController();
  const events: FitEvent[] = [];
  const outcome = await fit({
    model,
    loss: binaryCrossEntropy(),
    train: colours('train'),
    settings,
    folder: out,
    seed: 3,
    resume,
    validation: withValidation ? colours('val') : undefined,
    signal: stop.signal,
    report: (event) => {
      events.push(event);
      if (event.kind === 'step' && event.step === stopAt) stop.abort();
    },
  }).then(
    (result) => ({ result }),
    (error: Error) => ({ error }),
  );
  const state = await exportParameters(model.parameters);
  model.dispose();
  const log = await readFile(join(out, 'metrics.jsonl'), 'utf8').catch(() => '');
  const metrics = log.split('\n').flatMap((line) => {
    if (!line) return [];
    const { epoch, loss, learningRate, mAP, best, stopped } = JSON.parse(line) as EpochMetrics;
    return [{ epoch, loss, learningRate, mAP, best, stopped }];
  });
  return { ...outcome, events, metrics, weights: new Map([...state].map(([key, { data }]) => [key, data])) };
}

describe('early stopping', () => {
  it('ends the run, says so and logs why', async () => {
    const { result, events, metrics } = await run(folder, STILL);
    expect(result).toMatchObject({ epochs: metrics.length, stopped: 'patience' });
    expect(result!.epochs).toBeLessThan(12);
    expect(metrics.map(({ stopped }) => stopped)).toEqual([
      ...metrics.slice(1).map(() => undefined),
      'patience',
    ]);
    expect(events.at(-1)).toEqual({ kind: 'stopped', epoch: result!.epochs, reason: 'patience' });
    const again = await run(folder, STILL, { resume: true });
    expect(again.events.map(({ kind }) => kind)).toEqual(['started']);
    expect(again.result).toMatchObject({ epochs: result!.epochs, stopped: 'patience' });
  });

  it('counts on where a stopped run was', async () => {
    const whole = await run(join(folder, 'whole'), STILL);
    const stopped = join(folder, 'stopped');
    await run(stopped, STILL, { stopAt: 12 });
    const resumed = await run(stopped, STILL, { resume: true });
    expect(resumed.result).toMatchObject({ epochs: whole.result!.epochs, stopped: 'patience' });
    expect(resumed.metrics).toEqual(whole.metrics);
  });

  it.each([
    ['when it is off', { ...STILL, epochs: 6, earlyStopping: false as const }, true],
    ['without validation data', { ...STILL, epochs: 6 }, false],
    [
      'while the learning rate rises',
      { ...STILL, epochs: 6, warmUp: { epochs: 6 }, schedule: { name: 'constant' as const } },
      true,
    ],
  ])('does nothing %s', async (_, settings, withValidation) => {
    const { result } = await run(folder, settings, { withValidation });
    expect(result).toMatchObject({ epochs: 6 });
    expect(result).not.toHaveProperty('stopped');
  });
});

it('a schedule that looks at scores goes on from its checkpoint', async () => {
  const settings: TrainingSettingsInput = {
    epochs: 6,
    learningRate: 0.05,
    ema: false,
    sam: false,
    earlyStopping: false,
    // A threshold that no epoch passes: the rate falls after every second one.
    schedule: { name: 'reduce-on-plateau', patience: 1, gamma: 0.5, threshold: 0.9, forcedDecayAfter: 1 },
  };
  const whole = await run(join(folder, 'whole'), settings);
  expect(new Set(whole.metrics.map(({ learningRate }) => learningRate)).size).toBe(3);
  const stopped = join(folder, 'stopped');
  await run(stopped, settings, { stopAt: 18 });
  const resumed = await run(stopped, settings, { resume: true });
  expect(resumed.metrics).toEqual(whole.metrics);
  expect(resumed.weights).toEqual(whole.weights);
});

describe('fine-tuning', () => {
  const BACKBONE = ['conv.weight', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'];
  const base: TrainingSettingsInput = {
    epochs: 3,
    learningRate: 0.05,
    earlyStopping: false,
    ema: { decay: 0.8 },
  };
  const initial = async () => {
    const model = await tinyModel();
    const state = await exportParameters(model.parameters);
    model.dispose();
    return new Map([...state].map(([key, { data }]) => [key, data]));
  };

  it('what is frozen stays, to the bit, also in the averaged weights; the rest learns', async () => {
    const [before, { weights }] = [await initial(), await run(folder, { ...base, freeze: ['backbone'] })];
    const averaged = parseSafetensors(await readFile(join(folder, 'checkpoints/last/ema.safetensors')), {
      source: 'ema',
    }).tensors;
    const kept = BACKBONE.filter((key) => before.has(key));
    expect(kept).toContain('bn.running_mean');
    for (const key of kept) {
      expect(weights.get(key)).toEqual(before.get(key));
      expect(averaged.get(key)!.data).toEqual(before.get(key));
    }
    for (const key of ['fc.weight', 'fc.bias']) expect(weights.get(key)).not.toEqual(before.get(key));
  });

  it('frozen batch norms move their running statistics when asked to', async () => {
    const settings = { ...base, freeze: ['backbone'], frozenBatchNorm: 'batch' as const };
    const [before, { weights }] = [await initial(), await run(folder, settings)];
    expect(weights.get('bn.weight')).toEqual(before.get('bn.weight'));
    expect(weights.get('bn.running_mean')).not.toEqual(before.get('bn.running_mean'));
  });

  it('a frozen start moves the head first and everything later; resume keeps it', async () => {
    const settings = { ...base, freezeEpochs: 2, optimiser: { name: 'adamw' as const } };
    const before = await initial();
    const stopped = join(folder, 'stopped');
    const first = await run(stopped, settings, { stopAt: 9 });
    expect(first.weights.get('conv.weight')).toEqual(before.get('conv.weight'));
    expect(first.weights.get('bn.running_var')).toEqual(before.get('bn.running_var'));
    expect(first.weights.get('fc.weight')).not.toEqual(before.get('fc.weight'));
    const second = await run(stopped, settings, { resume: true });
    const whole = await run(join(folder, 'whole'), settings);
    expect(whole.weights.get('conv.weight')).not.toEqual(before.get('conv.weight'));
    expect(second.weights).toEqual(whole.weights);
  });

  it('a rate factor is a learning rate of its own', async () => {
    const settings: TrainingSettingsInput = { ...base, sam: false, schedule: { name: 'constant' } };
    const step = (name: string, more: TrainingSettingsInput) =>
      run(join(folder, name), { ...settings, ...more }, { stopAt: 1 });
    const { weights } = await step('factors', { rateFactors: { backbone: 0.1, bn: 0.25 } });
    const plain = (await step('plain', {})).weights;
    const tenth = (await step('tenth', { learningRate: 0.05 * 0.1 })).weights;
    const quarter = (await step('quarter', { learningRate: 0.05 * 0.25 })).weights;
    expect(weights.get('conv.weight')).toEqual(tenth.get('conv.weight'));
    for (const key of ['bn.weight', 'bn.bias']) expect(weights.get(key)).toEqual(quarter.get(key));
    for (const key of ['fc.weight', 'fc.bias']) expect(weights.get(key)).toEqual(plain.get(key));
  });

  it('names a layer that is not there, before anything is written', async () => {
    const { error } = await run(join(folder, 'new'), { ...base, freeze: ['convv'] });
    expect(error).toMatchObject({ code: 'usage/unknown-layer', hint: expect.stringContaining('"conv"') });
    expect(await readdir(folder)).toEqual([]);
  });
});
