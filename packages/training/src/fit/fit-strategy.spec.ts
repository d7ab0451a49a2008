import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useEngine } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import type { FitEvent } from './fit-event.js';
import { fit, type FitResult } from './fit.js';
import { colours, tinyModel } from './tiny.fixture.js';

/** No rate, so no better score: each evaluation after the first is one without improvement. */
const STILL: TrainingSettingsInput = {
  ...{ epochs: 12, learningRate: 1e-12, ema: false, sam: false, earlyStopping: { patience: 3 } },
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
    ...{ model, loss: binaryCrossEntropy(), train: colours('train'), settings, folder: out, seed: 3, resume },
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
    ...{ epochs: 6, learningRate: 0.05, ema: false, sam: false, earlyStopping: false },
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
