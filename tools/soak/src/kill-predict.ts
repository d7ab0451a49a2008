import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RandomStream } from '@polytag/core';
import { writeSmallRun } from './small-run.js';
import { SoakFailure } from './soak.js';
import { live } from './trainer.js';

const BIN = fileURLToPath(new URL('../../../apps/evaluator/bin/polytag-eval.js', import.meta.url));

export interface KillPredictOptions {
  /** Working folder; it must exist. */
  readonly folder: string;
  readonly kills: number;
  /** Of the moments. */
  readonly seed: number;
  /** Photographs that are predicted; one in a hundred is a torn file. Default 600. */
  readonly photographs?: number;
  readonly report?: (kills: number) => void;
}

export interface KillPredictResult {
  readonly kills: number;
  /** Runs that were killed at least once and brought to their end. */
  readonly runs: number;
  /** Kills after the first line was written. */
  readonly afterFirstLine: number;
}

/** Every format once, and a run in two shards that are merged. */
const FORMS = [
  { name: 'lines.jsonl', more: ['--scores'] },
  { name: 'table.csv', more: ['--scores'] },
  { name: 'lines.txt', more: [] },
  { name: 'shards.jsonl', more: [], shards: 2 },
] as const;

/**
 * Predicts a list of photographs without interruption, then again and again, killed (SIGKILL) at random moments and resumed,
 * until there have been enough kills; each run must end with the file of the first, to the byte.
 *
 * @throws SoakFailure `soak/not-resumed` or `soak/differs`, with what the process said
 */
export async function killPredict({
  folder,
  kills,
  seed,
  photographs = 600,
  report,
}: KillPredictOptions): Promise<KillPredictResult> {
  const model = await smallModel(folder);
  const list = await photographList(folder, photographs);
  const random = new RandomStream(seed, 'soak/predict');
  const expected = new Map<string, { readonly bytes: Buffer; readonly seconds: number }>();
  for (const { name, more } of FORMS) {
    const out = join(folder, `whole-${name}`);
    const { status, stderr, seconds } = await evaluate(['predict', ...common(model, list, out), ...more]);
    // Torn files are left out, with status 3.
    if (status !== 3) throw failure('soak/not-resumed', 'The unbroken run failed.', stderr);
    expected.set(name, { bytes: await readFile(out), seconds });
  }
  const result = { kills: 0, runs: 0, afterFirstLine: 0 };
  // Each form gets its share.
  const most = Math.ceil(kills / FORMS.length);
  for (let turn = 0; result.kills < kills; turn++) {
    let own = 0;
    const form = FORMS[turn % FORMS.length];
    const count = 'shards' in form ? form.shards : 1;
    const { bytes, seconds } = expected.get(form.name)!;
    const parts: string[] = [];
    const out = join(folder, `killed-${turn}-${form.name}`);
    for (let i = 1; i <= count; i++) {
      // The ending says the format.
      const part = count === 1 ? out : join(folder, `killed-${turn}-${i}-${form.name}`);
      parts.push(part);
      const shard = count === 1 ? [] : ['--shard', `${i}/${count}`];
      for (let ended = false; !ended;) {
        const argv = ['predict', ...common(model, list, part), ...form.more, ...shard, '--resume'];
        const after = result.kills < kills && own < most ? 1000 * seconds * random.uniform() : undefined;
        const life = await evaluate(argv, after);
        if (life.status === undefined) {
          result.kills++;
          own++;
          if ((await readFile(part).catch(() => Buffer.alloc(0))).length > 0) result.afterFirstLine++;
          report?.(result.kills);
        } // A shard may have no torn file.
        else if (life.status === 3 || (count > 1 && life.status === 0)) ended = true;
        else throw failure('soak/not-resumed', `After kill ${result.kills} ${part} failed.`, life.stderr);
      }
    }
    if (count > 1) {
      const { status, stderr } = await evaluate(['merge', ...parts, '--out', out]);
      if (status !== 0) throw failure('soak/not-resumed', `The shards of ${out} do not merge.`, stderr);
    }
    if (!(await readFile(out)).equals(bytes))
      throw failure('soak/differs', `${out} is unlike the file of the unbroken run.`);
    result.runs++;
    for (const file of [...parts, out]) await rm(file, { force: true });
  }
  return result;
}

const common = (model: string, list: string, out: string) => [
  ...['--model', model, '--from', list, '--out', out, '--workers', '2'],
];

async function smallModel(folder: string): Promise<string> {
  const config = await writeSmallRun(folder);
  const run = join(folder, 'run');
  const { status, stderr } = await live([
    ...['--config', config, '--out', run, '--set', 'training.epochs=1'],
  ]);
  if (status !== 0) throw failure('soak/not-resumed', 'The model could not be trained.', stderr);
  return join(run, 'best');
}

/** The photographs of the small run again and again, under names of their own, with torn ones among them. */
async function photographList(folder: string, count: number): Promise<string> {
  const data = join(folder, 'data');
  const { images } = JSON.parse(await readFile(join(data, 'train.json'), 'utf8')) as {
    images: readonly [string, ...unknown[]][];
  };
  const photos = await Promise.all(images.map(([name]) => readFile(join(data, name))));
  const many = join(folder, 'many');
  await mkdir(many);
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    const photo = photos[i % photos.length];
    const path = join(many, `${i}.png`);
    await writeFile(path, i % 97 === 50 ? photo.subarray(0, photo.length / 2) : photo);
    paths.push(path);
  }
  const list = join(folder, 'list.txt');
  await writeFile(list, paths.map((path) => `${path}\n`).join(''));
  return list;
}

interface Life {
  /** `undefined` when it was killed. */
  readonly status?: number;
  readonly stderr: string;
  readonly seconds: number;
}

/** One life of a process of the evaluator, ended by SIGKILL after so many milliseconds unless it ends before. */
function evaluate(argv: readonly string[], killAfter?: number): Promise<Life> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...argv], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let stderr = '';
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.stderr.on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1000;
      resolve({ ...(signal ? {} : { status: status ?? -1 }), stderr, seconds });
    });
  });
}

const failure = (code: string, message: string, stderr = '') =>
  new SoakFailure(code, stderr ? `${message}\n${stderr}` : message);
