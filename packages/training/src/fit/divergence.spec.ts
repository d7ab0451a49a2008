import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, mul, notEqual, sqrt, square, type Tensor2D } from '@tensorflow/tfjs-core';
import { DivergenceError, type BatchSource, type Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import type { FitEvent } from './fit-event.js';
import type { FitOptions } from './fit-options.js';
import { fit } from './fit.js';
import { faultOfStep, MOST_SKIPPED } from './divergence.js';
import { colours, tinyModel } from './tiny.fixture.js';

const BATCHES = 5;
const SETTINGS: TrainingSettingsInput = { epochs: 3, learningRate: 0.02, ema: { decay: 0.8 } };

/** The target by which the loss below knows a batch whose gradient it must break. */
const MARK = 0.25;

/** Cross entropy; where a target is the mark, its gradient is 0 · ∞. */
const loss: Loss = {
  ...binaryCrossEntropy(),
  elementwise: (outputs, targets, scale) => {
    const broken = mul(sqrt(mul(square(outputs), notEqual(targets, MARK))), 0);
    return add(binaryCrossEntropy().elementwise(outputs, targets, scale), broken) as Tensor2D;
  },
};

/** The training set with a marked target in some steps (from 1). */
function marked(steps: readonly number[]): BatchSource {
  const all = colours('train');
  return {
    ...all,
    async *epoch(epoch, options = {}) {
      let step = epoch * BATCHES + (options.fromBatch ?? 0);
      for await (const batch of all.epoch(epoch, options)) {
        if (steps.includes(++step)) batch.targets[0] = MARK;
        yield batch;
      }
    },
  };
}

let folder: string;
beforeAll(() => useEngine('wasm'));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-skipped-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(name: string, steps: readonly number[], options: Partial<FitOptions> = {}, stopAt = 0) {
  const model = await tinyModel();
  const stop = new AbortController();
  const events: FitEvent[] = [];
  const error = await fit({
    model,
    loss,
    train: marked(steps),
    validation: colours('val'),
    settings: SETTINGS,
    folder: join(folder, name),
    seed: 3,
    signal: stop.signal,
    report: (event) => {
      events.push(event);
      if (event.kind === 'step' && event.step === stopAt) stop.abort();
    },
    ...options,
  }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const weights = [...(await exportParameters(model.parameters)).values()].map(({ data }) => [...data]);
  model.dispose();
  return { error, events, weights };
}

/** The log of a run, less the clock. */
async function log(name: string): Promise<Partial<EpochMetrics>[]> {
  const text = await readFile(join(folder, name, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { epoch, loss: mean, skipped, mAP, mAPEma } = JSON.parse(line) as EpochMetrics;
      return { epoch, loss: mean, skipped, mAP, mAPEma };
    });
}

const stepsOf = (events: readonly FitEvent[]) =>
  events.flatMap((event) => (event.kind === 'step' && event.skipped ? [event.step] : []));

it('a step without a finite gradient is skipped, told of and logged, and the run goes on', async () => {
  const { error, events } = await run('run', [2, 6, 7]);
  expect(error).toBeUndefined();
  expect(stepsOf(events)).toEqual([2, 6, 7]);
  const lines = await log('run');
  expect(lines.map(({ skipped }) => skipped)).toEqual([1, 2, undefined]);
  expect(lines.every(({ loss: mean }) => Number.isFinite(mean))).toBe(true);
});

it('a run of few steps does not end with all of them skipped', async () => {
  const steps = Array.from({ length: BATCHES }, (_, i) => i + 1);
  const { error } = await run('short', steps, { settings: { ...SETTINGS, epochs: 1 } });
  expect(error).toMatchObject({ code: 'training/diverged' });
  expect(error!.message).toBe(
    `Epoch 1, batch ${BATCHES}: The gradient was NaN or infinite in all steps (${BATCHES}); its norm is NaN.`,
  );
});

it('resumed after a skipped step, a run gives the bits of one that was not stopped', async () => {
  const whole = await run('whole', [2, 6, 7]);
  await run('stopped', [2, 6, 7], {}, 6);
  const again = await run('stopped', [2, 6, 7], { resume: true });
  expect(again.weights).toEqual(whole.weights);
  expect(await log('stopped')).toEqual(await log('whole'));
});

it('a run whose gradient stays infinite ends, wherever it was resumed; what was saved is kept', async () => {
  const from = (first: number) => Array.from({ length: 2 * BATCHES }, (_, i) => first + i);
  const { error, events } = await run('run', from(4));
  expect(error).toBeInstanceOf(DivergenceError);
  expect(error).toMatchObject({ code: 'training/diverged', exitCode: 6 });
  // Steps 4 to 13: the last one is batch 3 of epoch 3.
  expect(error!.message).toBe(
    `Epoch 3, batch 3: The gradient was NaN or infinite in ${MOST_SKIPPED} steps in a row; its norm is NaN.`,
  );
  expect(stepsOf(events)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const again = await run('run', from(4), { resume: true });
  expect(again.events[0]).toMatchObject({ kind: 'started', step: 2 * BATCHES });
  expect(again.error!.message).toBe(error!.message);
  // One step that is not skipped, and counting begins anew.
  expect(
    (
      await run(
        'broken',
        from(4).filter((step) => step !== 9),
      )
    ).error,
  ).toBeUndefined();
});

it('blames the learning rate only after a weight was updated', async () => {
  const cause = new DivergenceError('training/diverged', 'The loss is NaN.');
  for await (const given of colours('train').epoch(0)) {
    const told = (step: number, skippedInARow: number, own?: string) =>
      faultOfStep(cause, { epoch: 0, batch: step, step, skippedInARow }, given, async () => own);
    expect(await told(0, 0)).toMatchObject({
      message: 'Epoch 1, batch 1: The loss is NaN.',
      hint: expect.stringContaining('a lower learning rate does not help'),
    });
    expect(await told(9, 9)).toMatchObject({ hint: expect.not.stringContaining('Lower the learning') });
    expect(await told(1, 0)).toMatchObject({ hint: expect.stringContaining('Lower the learning rate') });
    expect(await told(1, 0, 'the head gives NaN')).toMatchObject({
      exitCode: 6,
      message: 'Epoch 1, batch 2: The loss is NaN. Its source: the head gives NaN.',
      hint: expect.stringContaining('Lower the learning rate'),
    });
    expect(await told(0, 0, 'the head gives NaN')).toMatchObject({ exitCode: 8, code: 'part/not-finite' });
    break;
  }
});
