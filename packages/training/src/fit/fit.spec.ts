import { memory } from '@tensorflow/tfjs-core';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DivergenceError, InterruptedError, UsageError, type BatchSource } from '@polytag/core';
import { parseSafetensors } from '@polytag/checkpoints';
import { useEngine } from '@polytag/engine';
import { aamAslLoss, binaryCrossEntropy } from '@polytag/losses';
import { exportParameters } from '@polytag/layers';
import { evaluateScores } from '@polytag/metrics';
import type { EvaluatedScores } from '@polytag/evaluation';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import type { FitEvent } from './fit-event.js';
import type { FitOptions, FitResult } from './fit-options.js';
import { fit } from './fit.js';
import { colours, tinyModel } from './tiny.fixture.js';

const SETTINGS: TrainingSettingsInput = { epochs: 3, learningRate: 0.02, ema: { decay: 0.8 } };
const BATCHES = 5;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-fit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly result?: FitResult;
  readonly error?: Error;
  readonly events: FitEvent[];
  /** Weights after the run. */
  readonly weights: Record<string, Float32Array>;
}

/** A run of a new model; `during` sees every event. */
async function run(
  out: string,
  options: Partial<FitOptions> = {},
  during: (event: FitEvent, stop: () => void) => void = () => {},
): Promise<Outcome> {
  const model = await tinyModel();
  const stopping = new AbortController();
  const events: FitEvent[] = [];
  const outcome = await fit({
    model,
    loss: binaryCrossEntropy(),
    train: colours('train'),
    validation: colours('val'),
    settings: SETTINGS,
    folder: out,
    seed: 3,
    signal: stopping.signal,
    report: (event) => {
      events.push(event);
      during(event, () => stopping.abort());
    },
    ...options,
  }).then(
    (result) => ({ result }),
    (error: Error) => ({ error }),
  );
  const weights = Object.fromEntries(
    [...(await exportParameters(model.parameters))].map(([key, { data }]) => [key, data]),
  );
  model.dispose();
  return { ...outcome, events, weights };
}

/** The run that was not stopped, on wasm: made once, and only read. */
let whole: Outcome & { readonly traces: Awaited<ReturnType<typeof traces>>; readonly folder: string };
beforeAll(async () => {
  await useEngine('wasm');
  const out = await mkdtemp(join(tmpdir(), 'polytag-fit-whole-'));
  whole = { ...(await run(out)), traces: await traces(out), folder: out };
});
afterAll(() => rm(whole.folder, { recursive: true }));

/** What must not depend on whether a run was stopped: all files of the run, less the clock. */
async function traces(out: string) {
  const metrics = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  const bytes = async (file: string) => (await readFile(join(out, file))).toString('base64');
  return {
    metrics: metrics.map((line) => {
      const { secondsTrain, secondsEvaluate, imagesPerSecond, ...rest } = JSON.parse(line) as EpochMetrics;
      expect([secondsTrain, secondsEvaluate, imagesPerSecond].every((value) => value! > 0)).toBe(true);
      return rest;
    }),
    weights: await bytes('checkpoints/last/weights.safetensors'),
    ema: await bytes('checkpoints/last/ema.safetensors'),
    optimiser: await bytes('checkpoints/last/optimiser.safetensors'),
    best: await bytes('best/model.safetensors'),
  };
}

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('learns, logs and keeps the best weights', async () => {
    const kept: EvaluatedScores[] = [];
    const onBest = async (one: EvaluatedScores) => {
      expect(await readdir(join(folder, 'best'))).toContain('model.safetensors');
      kept.push(one);
    };
    const settings = { ...SETTINGS, epochs: 8 };
    const { result, error, events } = await run(folder, { settings, onBest });
    if (error) throw error;
    expect(result).toMatchObject({ epochs: 8, steps: 8 * BATCHES, bestFolder: join(folder, 'best') });
    expect(result!.best!.mAP).toBeGreaterThan(0.85);
    const { metrics } = await traces(folder);
    expect(metrics.map(({ epoch, step }) => [epoch, step])).toEqual(
      Array.from({ length: 8 }, (_, i) => [i + 1, (i + 1) * BATCHES]),
    );
    expect(metrics[7].loss).toBeLessThan(metrics[0].loss);
    const scores = metrics.map(({ mAP, mAPEma }) => Math.max(mAP!, mAPEma!));
    expect(result!.best!.mAP).toBe(Math.max(...scores));
    expect(result!.best!.epoch).toBe(scores.lastIndexOf(Math.max(...scores)) + 1);
    expect(kept).toHaveLength(metrics.filter(({ best }) => best).length);
    const { table, evaluation } = kept.at(-1)!;
    expect(evaluation.mAP).toBe(result!.best!.mAP);
    const labels = ['blue', 'green', 'red'];
    expect(evaluateScores({ ...table, labels }).mAP).toBe(evaluation.mAP);
    expect(events.filter(({ kind }) => kind === 'step')).toHaveLength(8 * BATCHES);
    expect(events.filter(({ kind }) => kind === 'checkpoint')).toHaveLength(8);
    // Another model that starts from them knows their labels.
    const { metadata } = parseSafetensors(await readFile(join(folder, 'checkpoints/last/ema.safetensors')));
    expect(JSON.parse(metadata['labels'])).toEqual(['blue', 'green', 'red']);
  });

  it('stopped in the middle of an epoch and resumed, gives the bits of a run that was not stopped', async () => {
    const [straight, stopped] = [join(folder, 'straight'), join(folder, 'stopped')];
    const whole = await run(straight);
    const first = await run(stopped, {}, (event, stop) => {
      if (event.kind === 'step' && event.step === BATCHES + 3) stop();
    });
    expect(first.error).toBeInstanceOf(InterruptedError);
    expect(first.error).toMatchObject({ exitCode: 130, code: 'training/interrupted' });
    expect(first.events.at(-1)).toMatchObject({ kind: 'checkpoint', step: BATCHES + 3 });
    const second = await run(stopped, { resume: true });
    expect(second.error).toBeUndefined();
    expect(second.events[0]).toMatchObject({ kind: 'started', epoch: 1, step: BATCHES + 3 });
    expect(second.weights).toEqual(whole.weights);
    expect(await traces(stopped)).toEqual(await traces(straight));
    expect(second.result!.best).toEqual(whole.result!.best);
  });

  it('gives all tensors back', async () => {
    await run(join(folder, 'a'));
    const before = memory().numTensors;
    await run(join(folder, 'b'));
    expect(memory().numTensors).toBe(before);
  });
});

describe('a run folder', () => {
  beforeAll(() => useEngine('wasm'));

  it('that was left without warning is resumed from its last checkpoint, and its log cut to it', async () => {
    const killed = join(folder, 'killed');
    const settings = { ...SETTINGS, checkpointEvery: 2 };
    const { error } = await run(killed, { settings }, (event) => {
      if (event.kind === 'step' && event.step === 2 * BATCHES - 1) throw new Error('power failure');
    });
    expect(error!.message).toBe('power failure');
    await appendFile(join(killed, 'metrics.jsonl'), '{"epoch":2,"step":10,"loss":1}\n{"epoch":3,"st');
    const { events } = await run(killed, { settings, resume: true });
    expect(events[0]).toMatchObject({ kind: 'started', step: 2 * BATCHES - 2 });
    expect(await traces(killed)).toEqual(whole.traces);
  });

  it('of a run stopped during evaluation is resumed with that evaluation', async () => {
    const stopped = join(folder, 'stopped');
    const stopping = new AbortController();
    const validation = colours('val');
    const { error } = await run(stopped, {
      signal: stopping.signal,
      validation: {
        ...validation,
        async *epoch(epoch, options) {
          for await (const batch of validation.epoch(epoch, options)) {
            stopping.abort();
            yield batch;
          }
        },
      },
    });
    expect(error).toMatchObject({ code: 'training/interrupted' });
    const { events } = await run(stopped, { resume: true });
    expect(events.slice(0, 2).map(({ kind }) => kind)).toEqual(['started', 'evaluated']);
    expect(await traces(stopped)).toEqual(whole.traces);
  });

  it('that died at the end of its last checkpoint is put in order, though nothing is trained any more', async () => {
    const owner = `${hostname().replaceAll(/[^A-Za-z0-9]/g, '_')}-4194305-00000000-0000-0000-0000-000000000000`;
    await cp(whole.folder, folder, { recursive: true });
    // Between the two renames of the checkpoint, and before the old best model was removed: no process has that number.
    await rename(join(folder, 'checkpoints/last'), join(folder, `checkpoints/.last.new-${owner}`));
    await cp(join(folder, 'best'), join(folder, `.best.old-${owner}`), { recursive: true });
    await run(folder, { resume: true });
    expect(await readdir(join(folder, 'checkpoints'))).toEqual(['last']);
    expect((await readdir(folder)).sort()).toEqual(['best', 'checkpoints', 'metrics.jsonl']);
    expect(await traces(folder)).toEqual(whole.traces);
  });

  it('that is complete is not trained again', async () => {
    await cp(whole.folder, folder, { recursive: true });
    const again = await run(folder, { resume: true });
    expect(again.events.map(({ kind }) => kind)).toEqual(['started']);
    expect(again.weights).toEqual(whole.weights);
    expect(again.result!.best).toEqual(whole.result!.best);
  });

  it('with a run is not written over', async () => {
    const settings = { ...SETTINGS, epochs: 1 };
    await run(folder, { settings });
    const { error } = await run(folder, { settings });
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code: 'usage/run-exists', hint: expect.stringContaining('--resume') });
  });

  it('without a checkpoint cannot be resumed, and is not made', async () => {
    const { error } = await run(join(folder, 'mistyped'), { resume: true });
    expect(error).toMatchObject({ code: 'usage/no-checkpoint' });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['training.learningRate', { settings: { ...SETTINGS, epochs: 1, learningRate: 0.1 } }],
    ['seed', { settings: { ...SETTINGS, epochs: 1 }, seed: 4 }],
  ])('is not resumed with another %s', async (what, changed) => {
    let starts = 0;
    const onStart = () => void starts++;
    await run(folder, { settings: { ...SETTINGS, epochs: 1 }, onStart });
    const { error } = await run(folder, { ...changed, resume: true, onStart });
    expect(starts).toBe(1);
    expect(error).toMatchObject({
      code: 'usage/resume-differs',
      message: expect.stringContaining(`with other settings: ${what}: `),
    });
  });

  it('with a damaged checkpoint is refused', async () => {
    await run(folder, { settings: { ...SETTINGS, epochs: 1 } });
    const path = join(folder, 'checkpoints/last/ema.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    const { error } = await run(folder, { settings: { ...SETTINGS, epochs: 1 }, resume: true });
    expect(error).toMatchObject({ code: 'checkpoint/checksum', exitCode: 4 });
  });

  it('with a damaged log goes on without the lost epoch, says which, and keeps the file', async () => {
    await run(folder, {}, (event, stop) => event.kind === 'step' && event.step === 2 * BATCHES + 1 && stop());
    const path = join(folder, 'metrics.jsonl');
    const [first, second] = (await readFile(path, 'utf8')).split('\n');
    const damaged = `${first.slice(0, 20)}\n${second}\n`;
    await writeFile(path, damaged);
    const { result, events } = await run(folder, { resume: true });
    const copy = `${path}.damaged`;
    expect(events[0]).toEqual({ kind: 'damaged-log', path, epochs: [1], lines: [1], copy });
    expect(await readFile(copy, 'utf8')).toBe(damaged);
    expect(result!.metrics.map(({ epoch }) => epoch)).toEqual([2, 3]);
  });

  it('begins again when it died after the first line of its log, before its first checkpoint', async () => {
    const died = join(folder, 'died');
    await mkdir(died);
    await writeFile(join(died, 'metrics.jsonl'), '{"epoch":1,"step":5}\n');
    const { events } = await run(died, { resume: true });
    expect(events[0]).toMatchObject({ kind: 'started', epoch: 0, step: 0 });
    expect(whole.error).toBeUndefined();
    expect(await traces(died)).toEqual(whole.traces);
  });

  it('keeps the checkpoint of every n-th epoch', async () => {
    await run(folder, { settings: { ...SETTINGS, keepEvery: 2 } });
    expect((await readdir(join(folder, 'checkpoints'))).sort()).toEqual(['epoch-0002', 'last']);
    const state = JSON.parse(await readFile(join(folder, 'checkpoints/epoch-0002/state.json'), 'utf8'));
    expect(state.progress).toMatchObject({ epoch: 2, batch: 0, step: 2 * BATCHES });
  });

  it('keeps the last good checkpoint when training diverges', async () => {
    const { error, events } = await run(folder, { train: colours('train', { broken: true }) });
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error).toMatchObject({ code: 'training/diverged', exitCode: 6 });
    expect(error!.message).toMatch(/Epoch 2, batch 2: .*step 7.*NaN.*learning rate 0\.0\d+/);
    const saved = events.filter(({ kind }) => kind === 'checkpoint');
    expect(saved).toEqual([expect.objectContaining({ epoch: 1, step: BATCHES })]);
    const { weights } = await run(folder, { resume: true });
    expect(Object.values(weights).every((values) => values.every(Number.isFinite))).toBe(true);
  });

  it('keeps no weights that the last step made infinite', async () => {
    const all = colours('train');
    const oneBatch: BatchSource = {
      ...all,
      batchesPerEpoch: 1,
      async *epoch(epoch) {
        for await (const batch of all.epoch(epoch)) return void (yield batch);
      },
    };
    const { error } = await run(folder, {
      train: oneBatch,
      settings: { epochs: 1, learningRate: 1e60, schedule: { name: 'constant' } },
    });
    expect(error).toMatchObject({ code: 'training/diverged', exitCode: 6 });
    expect(error!.message).toBe('Epoch 1: after step 1 the weights contain NaN or infinity.');
    // Nothing to go on from: an empty log.
    expect(await readdir(folder)).toEqual(['metrics.jsonl']);
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe('');
  });

  it('has the last weights as the best ones when nothing is evaluated', async () => {
    const { result, events } = await run(folder, {
      settings: { ...SETTINGS, epochs: 2 },
      validation: undefined,
    });
    expect(result!.best).toBeUndefined();
    expect(events.some(({ kind }) => kind === 'evaluated')).toBe(false);
    expect(await readdir(join(folder, 'best'))).toContain('model.safetensors');
  });

  it('is evaluated every n-th epoch and after the last', async () => {
    const { events } = await run(folder, { settings: { ...SETTINGS, evaluateEvery: 2, ema: false } });
    const evaluated = events.flatMap((event) =>
      event.kind === 'evaluated' ? [[event.epoch, event.mAPEma]] : [],
    );
    expect(evaluated).toEqual([
      [2, undefined],
      [3, undefined],
    ]);
  });

  it('is written by one run at a time', async () => {
    let second: Promise<Outcome> | undefined;
    await run(folder, { settings: { ...SETTINGS, epochs: 1 } }, ({ kind }) => {
      if (kind === 'started') second = run(folder);
    });
    expect((await second!).error).toMatchObject({ code: 'usage/run-locked' });
  });
});

it('refuses a loss of another space, before anything is written', async () => {
  await useEngine('wasm');
  const { error } = await run(folder, { loss: aamAslLoss() });
  expect(error).toMatchObject({ code: 'usage/space-mismatch' });
  expect(await readdir(folder)).toEqual([]);
});

it('with one replica starts no other, and needs no threads', async () => {
  await useEngine('wasm');
  // A module that is not there would be missed.
  const replica = { module: 'file:///nowhere.js' };
  for (const replicas of [1, 'auto'] as const) {
    await run(join(folder, String(replicas)), { replica, settings: { ...SETTINGS, replicas } });
    expect(await traces(join(folder, String(replicas)))).toEqual(whole.traces);
  }
});

describe('micro-batches', () => {
  beforeAll(() => useEngine('wasm'));
  const small = (settings: TrainingSettingsInput) => ({ settings: { ...SETTINGS, ...settings } });
  const chosen = async (out: string) => {
    const state = JSON.parse(await readFile(join(out, 'checkpoints/last/state.json'), 'utf8'));
    return state.identity.training.microBatch as number;
  };

  it('are as large as asked for; runs of another size have other numbers', async () => {
    const two = join(folder, 'two');
    await run(two, small({ microBatch: 2 }));
    expect([await chosen(two), await chosen(whole.folder)]).toEqual([2, 4]);
    expect((await traces(two)).weights).not.toBe(whole.traces.weights);
  });

  it('of an automatic size are kept by a run that goes on, whatever the memory is by then', async () => {
    const [straight, stopped] = [join(folder, 'straight'), join(folder, 'stopped')];
    // The least, in steps of 4 KB, that has room for an image: found by runs that are stopped as soon as they have begun.
    const of = (kilobytes: number) => small({ maxHeap: `${kilobytes}KB` });
    const hasRoom = async (kilobytes: number) => {
      const { events } = await run(join(folder, String(kilobytes)), of(kilobytes), (_, stop) => stop());
      return events.length > 0;
    };
    let kilobytes = 64;
    while (!(await hasRoom(kilobytes))) kilobytes += 64;
    while (await hasRoom(kilobytes - 4)) kilobytes -= 4;
    const tight = of(kilobytes);
    expect((await run(straight, tight)).error).toBeUndefined();
    expect(await chosen(straight)).toBeLessThan(4);
    await run(stopped, tight, (event, stop) => {
      if (event.kind === 'step' && event.step === BATCHES + 3) stop();
    });
    expect((await run(stopped, { ...small({ maxHeap: '2GB' }), resume: true })).error).toBeUndefined();
    expect(await traces(stopped)).toEqual(await traces(straight));
  });

  it('are refused where one image has no room, before the run begins', async () => {
    const { error, events } = await run(folder, small({ maxHeap: '1KB' }));
    expect(error).toMatchObject({ code: 'engine/out-of-memory', exitCode: 5 });
    expect(events).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});

it('refuses replicas that it cannot build, before anything is written', async () => {
  await useEngine('wasm');
  const { error } = await run(folder, { settings: { ...SETTINGS, replicas: 2 } });
  expect(error).toMatchObject({ code: 'usage/replica-module', exitCode: 2 });
  expect(await readdir(folder)).toEqual([]);
});

it('names a misspelt setting', async () => {
  const settings = { ...SETTINGS, learningrate: 1 } as TrainingSettingsInput;
  const { error } = await run(folder, { settings });
  expect(error).toMatchObject({ code: 'usage/unknown-key', hint: expect.stringContaining('learningRate') });
});
