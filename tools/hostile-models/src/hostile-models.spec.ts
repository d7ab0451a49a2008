import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { LabelVocabulary } from '@polytag/core';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { main as evaluator } from '@polytag/evaluator';
import { buildModel, modelFiles, type MultiLabelModel } from '@polytag/model';
import { main as trainer } from '@polytag/trainer';
import { jest } from '@jest/globals';
import { hostileFolders, makeFolder } from './corpus.js';
import { hasRun } from './folders/special-files.js';
import type { Files, HostileFolder } from './hostile-folder.js';
import { folderVerbs, type FolderVerb } from './verbs.js';

/** `POLYTAG_HOSTILE_MODELS=all` tries every folder with every verb; `from-to` those folders. */
const WANTED = process.env['POLYTAG_HOSTILE_MODELS'];
/** The suite takes every so many-th folder, each with the next verb: a prime, so that no order of the kinds repeats with it. */
const SHARE = 11;
/** Of a command, on a machine that is busy with other things. */
const MOST_MS = 60_000;
/** Bytes: what the process may hold after a command, more than before the first, whatever a folder claims. */
const MOST_MEMORY = 1.5e9;

jest.setTimeout(24 * 3600_000);

const root = mkdtempSync(join(tmpdir(), 'polytag-models-'));
const folder = join(root, 'model');
const marker = join(root, 'ran');
const MODEL = {
  backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
  head: { name: 'linear', options: { space: 'cosines' as const, scale: 17 } },
};
let whole: Files;

beforeAll(async () => {
  await writeScenes({ folder: join(root, 'data'), seed: 1, train: 4, validation: 4, size: 40 });
  await useEngine('wasm');
  const labels = new LabelVocabulary(['cat', 'dog', 'person']);
  const model = await buildModel(MODEL, { labels, height: 32, width: 32, seed: 1 });
  await relabel(model);
  model.thresholds = [0.25, 0.5, 0.75];
  model.calibration = { method: 'platt', slopes: [1, 2, 3], offsets: [0, -1, 1] };
  whole = new Map(Object.entries(await modelFiles(model, '.')));
  model.dispose();
  const training = { epochs: 1, batchSize: 2, learningRate: 0.01, sam: false, ema: false };
  const config = { data: { root: 'data', height: 32, width: 32, workers: 0 }, model: MODEL, training };
  writeFileSync(join(root, 'tiny.yaml'), JSON.stringify(config));
  writeFileSync(join(root, 'thresholds.json'), '{"thresholds":{"cat":0.5,"dog":0.5,"person":0.5}}');
  makeFolder(join(root, 'whole'), { name: 'whole' }, whole);
});
afterAll(() => rmSync(root, { recursive: true }));

/** Gives the scenes the labels that the model is surer of: what its scores are compared with must have some sense. */
async function relabel(model: MultiLabelModel): Promise<void> {
  for (const part of ['train', 'val']) {
    const names = [0, 1, 2, 3].map((i) => `images/${part}-0000${i}.png`);
    const found = await model.topK(
      names.map((name) => join(root, 'data', name)),
      3,
    );
    const scores = found.flat().map(({ score }) => score);
    const median = scores.sort((a, b) => a - b)[scores.length >> 1];
    const images = names.map((name, i) => [
      name,
      found[i].filter(({ score }) => score >= median).map(({ label }) => label),
    ]);
    writeFileSync(join(root, `data/${part}.json`), JSON.stringify({ classes: model.labels.names, images }));
  }
}

async function run(verb: FolderVerb): Promise<{ status: number; out: string; err: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const texts = ['', ''];
  out.on('data', (text) => (texts[0] += text));
  err.on('data', (text) => (texts[1] += text));
  const main = verb.program === 'trainer' ? trainer : evaluator;
  const status = await main(verb.argv(root, folder), { out, err });
  return { status, out: texts[0], err: texts[1] };
}

/** What is wrong with how a verb ended; empty where nothing is. */
async function faultsOf(verb: FolderVerb): Promise<string[]> {
  rmSync(join(root, 'out'), { recursive: true, force: true });
  mkdirSync(join(root, 'out'));
  const start = performance.now();
  const { status, out, err } = await run(verb);
  const ms = performance.now() - start;
  const errors = err.split('\n').filter((line) => line.startsWith('error: '));
  outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
  return [
    ...([0, 2, 3, 4, 5, 6, 7, 8].includes(status) ? [] : [`status ${status}`]),
    ...(status === 0 || errors.length === 1 ? [] : [`${errors.length} errors`]),
    ...(status === 0 || /\n {2}hint: .+\n {2}code: [a-z-]+\/[\w-]+\n$/.test(err) ? [] : ['no hint and code']),
    ...(/^\s+at /m.test(err) ? ['a stack'] : []),
    // eslint-disable-next-line no-control-regex
    ...(/[\0-\x08\x0e-\x1f\x7f-\x9f\u202e]/.test(err + out) ? ['a control character'] : []),
    ...(hasRun(marker) ? ['the code ran'] : []),
    ...('polluted' in {} ? ['every object was changed'] : []),
    ...(ms > MOST_MS ? [`${ms.toFixed(0)} ms`] : []),
  ].map((one, i) => (i === 0 ? `${one}: ${err.slice(0, 1000)}` : one));
}

const outcomes = new Map<number, number>();

function chosen(): (readonly [HostileFolder, readonly FolderVerb[]])[] {
  const fits = ({ name }: HostileFolder, verb: FolderVerb) =>
    !verb.weightsAlone || /^(model\.safetensors|the folder|manifest)/.test(name);
  const [from, to] = WANTED === 'all' ? [0, Infinity] : (WANTED ?? '').split('-').map(Number);
  const all = hostileFolders.map((one) => [one, folderVerbs.filter((verb) => fits(one, verb))] as const);
  if (WANTED) return all.slice(from, to);
  const some = all.filter((_, i) => i % SHARE === 0);
  return some.map(([one, verbs], i) => [one, [verbs[i % verbs.length]]] as const);
}

it('a whole folder is used by every verb', async () => {
  makeFolder(folder, { name: 'whole' }, whole);
  for (const verb of folderVerbs) {
    outcomes.clear();
    expect([verb.name, await faultsOf(verb), [...outcomes.keys()]]).toEqual([verb.name, [], [0]]);
  }
});

it('has 300 folders and more, each with a name of its own', () => {
  expect(hostileFolders.length).toBeGreaterThan(300);
  const names = hostileFolders.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

it('others are used or refused, with one error and a documented status', async () => {
  const wrong: string[] = [];
  let runs = 0;
  outcomes.clear();
  // Not the most that the process ever held: where other specs ran in it before, that is theirs.
  const before = process.memoryUsage.rss();
  let peak = 0;
  for (const [one, verbs] of chosen()) {
    for (const verb of verbs) {
      makeFolder(folder, one, whole);
      const faults = await faultsOf(verb);
      if (faults.length > 0) wrong.push(`${one.name}, ${verb.name}: ${faults.join('; ')}`);
      runs++;
      peak = Math.max(peak, process.memoryUsage.rss() - before);
      if (WANTED && faults.length > 0) process.stdout.write(`${wrong.at(-1)}\n`);
      rmSync(marker, { force: true });
    }
  }
  if (WANTED)
    process.stdout.write(
      `${runs} runs, ${wrong.length} wrong; by status: ${JSON.stringify([...outcomes])}; ${(peak / 1e6).toFixed(0)} MB\n`,
    );
  expect(wrong).toEqual([]);
  expect(peak).toBeLessThan(MOST_MEMORY);
});
