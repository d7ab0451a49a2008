import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import type { BatchSource } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { assignParameters, exportParameters } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { colours, tinyModel } from '../fit/tiny.fixture.js';
import { findLearningRate } from './find-learning-rate.js';
import type { FindLearningRateInput } from './search-options.js';
import type { SearchEvent } from './search-event.js';
import type { SearchRecord } from '../run-folder/search-record.js';

const BATCHES = 5;
const tpe = { mode: 'tpe', min: 0.01, max: 0.1, step: 0.01, epochs: 2, trials: 4 } as const;

let folder: string;
beforeAll(() => useEngine('wasm'));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-search-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly found?: SearchRecord;
  readonly error?: Error;
  readonly events: SearchEvent[];
  /** Whether the model has the weights that it had before. */
  readonly sameWeights: boolean;
}

/** A search with a model whose weights were loaded: those of another seed. */
async function search(
  out: string,
  options: Partial<FindLearningRateInput> = {},
  stopAt = Infinity,
): Promise<Outcome> {
  const [model, other] = [await tinyModel(), await tinyModel(11)];
  const loaded = await exportParameters(other.parameters);
  assignParameters(model.parameters, (key) => loaded.get(key));
  const stop = new AbortController();
  const events: SearchEvent[] = [];
  const outcome = await findLearningRate({
    model,
    loss: binaryCrossEntropy(),
    train: colours('train'),
    validation: colours('val'),
    search: tpe,
    folder: out,
    seed: 3,
    signal: stop.signal,
    report: (event) => {
      events.push(event);
      if (event.kind === 'step' && event.step === stopAt) stop.abort();
    },
    ...options,
  }).then(
    (found) => ({ found }),
    (error: Error) => ({ error }),
  );
  const after = await exportParameters(model.parameters);
  const sameWeights = [...after].every(([key, { data }]) =>
    data.every((value, i) => value === loaded.get(key)!.data[i]),
  );
  [model, other].forEach((one) => one.dispose());
  return { ...outcome, events, sameWeights };
}

/** 20 batches an epoch: enough for a range test. */
function longer(source: BatchSource): BatchSource {
  return {
    ...source,
    batchesPerEpoch: 4 * BATCHES,
    async *epoch(epoch) {
      for (let part = 0; part < 4; part++) yield* source.epoch(4 * epoch + part);
    },
  };
}

describe('by trials', () => {
  /** The search that was not stopped: its folder is only read. */
  let straight: Outcome & { readonly folder: string };
  beforeAll(async () => {
    const out = await mkdtemp(join(tmpdir(), 'polytag-search-straight-'));
    straight = { ...(await search(out)), folder: out };
  });
  afterAll(() => rm(straight.folder, { recursive: true }));

  it('takes the rate of the best last score, and gives the loaded weights back', async () => {
    const { found, events, sameWeights } = straight;
    expect(sameWeights).toBe(true);
    const { trials, learningRate } = found!;
    expect(trials).toHaveLength(4);
    expect(new Set(trials.map((trial) => trial.learningRate)).size).toBe(4);
    const last = trials.map(({ scores }) => scores.at(-1)!);
    expect(learningRate).toBe(trials[last.indexOf(Math.max(...last))].learningRate);
    expect(JSON.parse(await readFile(join(straight.folder, 'search.json'), 'utf8'))).toEqual(found);
    const steps = events.filter(({ kind }) => kind === 'step');
    expect(steps.at(-1)).toMatchObject({ step: 4 * 2 * BATCHES, totalSteps: 4 * 2 * BATCHES, trial: 4 });
  });

  it('trains each trial from the same weights, at its rate throughout, with one pass a step', async () => {
    const { found } = straight;
    for (const { number, learningRate, scores } of found!.trials) {
      const run = join(straight.folder, `trial-00${number}`);
      expect((await readdir(run)).sort()).toEqual(['metrics.jsonl']);
      const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
      const metrics = lines.map((line) => JSON.parse(line) as { learningRate: number; mAP: number });
      expect(metrics.map(({ mAP }) => mAP)).toEqual(scores);
      expect(metrics.map((line) => line.learningRate)).toEqual([learningRate, learningRate]);
      expect(metrics[0]).not.toHaveProperty('mAPEma');
    }
    // One trial alone, at the rate of the third: the same scores.
    const { learningRate, scores } = found!.trials[2];
    const alone = await search(join(folder, 'alone'), {
      search: { ...tpe, min: learningRate, max: learningRate, trials: 1 },
    });
    expect(alone.found!.trials[0].scores).toEqual(scores);
  });

  it.each([3, 13, 2 * BATCHES, 22])(
    'stopped after step %d and resumed, finds what it would have found',
    async (step) => {
      const stopped = join(folder, 'stopped');
      const first = await search(stopped, {}, step);
      const trial = Math.ceil(step / (2 * BATCHES));
      expect(first.error).toMatchObject({
        code: 'training/interrupted',
        message: `The learning rate search was stopped in trial ${trial} of 4 and saved.`,
        hint: expect.stringContaining('--resume'),
      });
      expect(first.sameWeights).toBe(true);
      const second = await search(stopped, { resume: true });
      expect(second.found).toEqual(straight.found);
      // Finished trials are read back: their steps are not taken again.
      expect(second.events.find(({ kind }) => kind === 'step')).toMatchObject({ step: step + 1 });
    },
  );

  it('does not count a trial by part of its log', async () => {
    await search(folder, {}, 2 * BATCHES + BATCHES + 1);
    const trial = join(folder, 'trial-002');
    await writeFile(join(trial, 'metrics.jsonl'), '{"epoch":1,"st');
    const { error, sameWeights } = await search(folder, { resume: true });
    expect(error).toMatchObject({
      code: 'checkpoint/damaged',
      message: expect.stringContaining('metrics.jsonl: line 1 '),
      hint: expect.stringContaining(trial),
    });
    expect(sameWeights).toBe(true);
    await rm(trial, { recursive: true });
    expect((await search(folder, { resume: true })).found).toEqual(straight.found);
  });

  it('that is over is not run again; another search is refused in its folder', async () => {
    const again = await search(straight.folder, { resume: true });
    expect(again.found).toEqual(straight.found);
    expect(again.events).toEqual([]);
    expect((await search(straight.folder)).error).toMatchObject({ code: 'usage/search-exists' });
    const other = await search(straight.folder, { resume: true, search: { ...tpe, trials: 5 } });
    expect(other.error).toMatchObject({
      code: 'usage/resume-differs',
      message: expect.stringContaining('search.trials: 4 → 5'),
    });
  });

  it('ends when every rate has been tried', async () => {
    const { found } = await search(folder, { search: { ...tpe, max: 0.02, trials: 9 } });
    expect(found!.trials.map(({ learningRate }) => learningRate).sort()).toEqual([0.01, 0.02]);
  });

  it('prunes trials below the median, and does not choose them', async () => {
    const { found } = await search(folder, {
      search: { ...tpe, min: 1e-6, max: 0.2, step: null, epochs: 4, trials: 8 },
    });
    const pruned = found!.trials.filter(({ state }) => state === 'pruned');
    expect(pruned.length).toBeGreaterThan(0);
    for (const { scores, learningRate } of pruned) {
      expect(scores.length).toBeLessThan(4);
      expect(learningRate).not.toBe(found!.learningRate);
    }
    expect(found!.trials.slice(0, 5).every(({ state }) => state === 'complete')).toBe(true);
  });

  it('counts a trial that diverges as the worst', async () => {
    const { error, sameWeights } = await search(folder, {
      search: { ...tpe, min: 1e38, max: 2e38, step: null, trials: 2 },
    });
    expect(error).toMatchObject({ code: 'training/search-diverged', exitCode: 6 });
    expect(sameWeights).toBe(true);
  });

  it('needs validation images', async () => {
    const { error } = await search(folder, { validation: undefined });
    expect(error).toMatchObject({ code: 'usage/no-validation' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('by a range test', () => {
  const range = { mode: 'range', min: 1e-4, max: 1, smoothing: 0.3 } as const;

  it('suggests a rate between the ends, and gives weights and tensors back', async () => {
    const given = { search: range, train: longer(colours('train')), validation: undefined };
    await search(join(folder, 'first'), given);
    const before = memory().numTensors;
    const { found, events, sameWeights } = await search(join(folder, 'second'), given);
    expect(memory().numTensors).toBe(before);
    expect(sameWeights).toBe(true);
    expect(found!.points!.length).toBeGreaterThanOrEqual(17);
    expect(found!.points![0].learningRate).toBe(1e-4);
    expect(found!.points!.map(({ learningRate }) => learningRate)).toContain(found!.learningRate);
    // One epoch of warm-up at the lowest rate comes first.
    const rates = events.flatMap((event) => (event.kind === 'step' ? [event.learningRate] : []));
    expect(rates.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => 1e-4));
    expect(events.at(-1)).toMatchObject({ kind: 'range', suggestion: { learningRate: found!.learningRate } });
  });

  it('that is stopped says after which step, and begins anew', async () => {
    const given = { search: range, train: longer(colours('train')), validation: undefined };
    const stopped = await search(folder, given, 3);
    expect(stopped.error).toMatchObject({
      code: 'training/interrupted',
      message: 'The range test for the learning rate was stopped after step 3 of 40.',
      hint: expect.stringContaining('--resume'),
    });
    expect(stopped.sameWeights).toBe(true);
    const { events, found } = await search(folder, { ...given, resume: true });
    expect(events[0]).toMatchObject({ kind: 'step', step: 1 });
    expect(found!.learningRate).toBeGreaterThan(0);
  });

  it('says when an epoch is too short', async () => {
    const { error, sameWeights } = await search(folder, { search: range });
    expect(error).toMatchObject({ code: 'usage/range-test-too-short' });
    expect(sameWeights).toBe(true);
  });
});

it.each([
  [{ mode: 'tpe', min: 0.2, max: 0.1 }, 'max'],
  [{ mode: 'range', trials: 3 }, 'trials'],
  [{ mode: 'grid' }, 'mode'],
])('refuses %j', async (given, what) => {
  const { error } = await search(folder, { search: given as never });
  expect(error!.message).toContain(what);
  expect(await readdir(folder)).toEqual([]);
});
