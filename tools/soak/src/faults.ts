import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PolytagError } from '@polytag/core';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const BINS = {
  train: here('../../../apps/trainer/bin/polytag-train.js'),
  eval: here('../../../apps/evaluator/bin/polytag-eval.js'),
};
const PRELOAD = pathToFileURL(here('../bin/inject-fault.mjs')).href;

/** A verb in a small run. Paths are relative to the folder that holds `data/`, `tiny.yaml`, `own.csv` and `model/`. */
export interface Verb {
  readonly name: string;
  readonly program: keyof typeof BINS;
  readonly argv: readonly string[];
  /** What makes the verb succeed after a fault, where the same command would not. */
  readonly again?: readonly string[];
}

const small = ['--config', 'tiny.yaml'];
const scoring = ['--model', 'model', '--data', 'data/val.json'];

export const VERBS: readonly Verb[] = [
  {
    name: 'init',
    program: 'train',
    argv: ['init', '--train', 'data/train.json', '--out', 'configs/own.yaml'],
  },
  {
    name: 'prepare',
    program: 'train',
    argv: ['prepare', 'csv', '--from', '.', '--file', 'own.csv', '--out', 'prepared'],
    again: ['--force'],
  },
  { name: 'inspect', program: 'train', argv: ['inspect', 'images', 'tiny.yaml', '--out', 'sheets/a.png'] },
  { name: 'scenes', program: 'train', argv: ['inspect', 'config', 'scenes.yaml'] },
  {
    name: 'score',
    program: 'eval',
    argv: ['score', ...scoring, '--json', 'out/a.json', '--report', 'out/report'],
  },
  { name: 'thresholds', program: 'eval', argv: ['thresholds', ...scoring] },
  { name: 'export', program: 'eval', argv: ['export', '--model', 'model', '--out', 'page'] },
  { name: 'dry-run', program: 'train', argv: ['fit', ...small, '--dry-run'] },
  {
    name: 'find-lr',
    program: 'train',
    argv: ['find-lr', ...small, '--out', 'search', '--set', 'training.batchSize=1'],
    again: ['--resume'],
  },
  { name: 'fit', program: 'train', argv: ['fit', ...small, '--out', 'run'], again: ['--resume'] },
];

/** Of these one is there once a run or a search has begun: then it is resumed. */
const BEGUN = ['run/metrics.jsonl', 'run/checkpoints/last', 'search/search.json'];

/** Not what it should be after a fault. */
export class FaultFailure extends PolytagError {
  readonly exitCode = 1;
}

interface Outcome {
  readonly status: number;
  readonly err: string;
}

function run(
  { program, argv }: Pick<Verb, 'program' | 'argv'>,
  cwd: string,
  fault?: object,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(fault ? ['--import', PRELOAD] : []), BINS[program], ...argv], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        TMPDIR: cwd,
        ...(fault && { POLYTAG_FAULT: JSON.stringify(fault) }),
      },
    });
    let err = '';
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, err }));
  });
}

/** Makes the folder that every verb starts from. */
export async function prepareFaults(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const scenes = { train: 8, validation: 6, size: 40 };
  const config = (data: object) =>
    JSON.stringify({
      data: { height: 32, width: 32, workers: 0, scenes, ...data },
      model: {
        backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
        head: { name: 'linear', options: { space: 'cosines', scale: 17 } },
      },
      training: { epochs: 2, batchSize: 4, learningRate: 0.01, sam: false, ema: false },
    });
  await writeFile(join(folder, 'tiny.yaml'), config({ root: 'data' }));
  await writeFile(join(folder, 'scenes.yaml'), config({ root: 'drawn' }));
  await must(await run({ program: 'train', argv: ['fit', ...small, '--out', 'first'] }, folder));
  await cp(join(folder, 'first/best'), join(folder, 'model'), { recursive: true });
  await rm(join(folder, 'first'), { recursive: true });
  const images = (await readdir(join(folder, 'data/images'))).slice(0, 4);
  await writeFile(
    join(folder, 'own.csv'),
    ['file,labels', ...images.map((name) => `data/images/${name},a`)].join('\n'),
  );
}

const must = async ({ status, err }: Outcome) => {
  if (status !== 0) throw new FaultFailure('soak/not-resumed', `A run without a fault failed.\n${err}`);
};

export interface FaultCounts {
  /** Writes of the verb. */
  readonly writes: number;
  /** Of those, the writes that were made to fail. */
  readonly tried: number;
}

/**
 * Runs a verb again and again, each time with another of its writes failing. Every time it must end with status 7 and one
 * error with a hint, leave nothing half-written, and succeed when it is run again.
 *
 * @param every tries each so many-th write. Default 1.
 * @param turns how many of the errors that a call can give are tried at each. Default 1, another at each write.
 * @throws FaultFailure `soak/fault`
 */
export async function failWrites(
  verb: Verb,
  base: string,
  { every = 1, turns = 1 }: { readonly every?: number; readonly turns?: number } = {},
): Promise<FaultCounts> {
  const parent = await mkdtemp(`${base}-`);
  const report = join(parent, 'report.json');
  let tried = 0;
  let writes = 0;
  const once = async (at: number, turn: number) => {
    const root = join(parent, 'work');
    await cp(base, root, { recursive: true });
    const before = await contentsOf(root);
    const outcome = await run(verb, root, { at, turn, root, report });
    const { count, failed } = JSON.parse(await readFile(report, 'utf8')) as { count: number; failed: string };
    if (at === 0) {
      await must(outcome);
      writes = count;
    } else {
      await check({ verb, at, failed, outcome, root, before });
      tried++;
      const begun = await Promise.all(BEGUN.map((path) => exists(join(root, path))));
      const again = verb.again && (verb.name === 'prepare' || begun.includes(true)) ? verb.again : [];
      await must(await run({ ...verb, argv: [...verb.argv, ...again] }, root));
    }
    await rm(root, { recursive: true });
  };
  await once(0, 0);
  for (let at = 1; at <= writes; at += every)
    for (let turn = 0; turn < turns; turn++) await once(at, at + turn * 5);
  await rm(parent, { recursive: true });
  return { writes, tried };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

interface Fault {
  readonly verb: Verb;
  readonly at: number;
  readonly failed: string;
  readonly outcome: Outcome;
  readonly root: string;
  readonly before: ReadonlyMap<string, string>;
}

async function check({ verb, at, failed, outcome, root, before }: Fault): Promise<void> {
  const after = await contentsOf(root);
  const errors = outcome.err.split('\n').filter((line) => /^error: /.test(line));
  const aside = [...after.keys()].filter((path) =>
    /(^|\/)\.|\.tmp$|run\.lock|incomplete|polytag-dry-run/.test(path),
  );
  const changed = [...before].filter(([path, digest]) => after.get(path) !== digest).map(([path]) => path);
  const wrong = [
    ...(failed === '' ? ['the write did not come'] : []),
    ...(outcome.status === 7 ? [] : [`status ${outcome.status}`]),
    ...(errors.length === 1 ? [] : [`${errors.length} errors`]),
    ...(/\n {2}hint: .+\n {2}code: file\/E/.test(outcome.err) ? [] : ['no hint and code']),
    ...(/\n {4}at /.test(outcome.err) ? ['a stack'] : []),
    ...(aside.length === 0 ? [] : [`left aside: ${aside.join(', ')}`]),
    ...(changed.length === 0 || verb.name === 'thresholds' ? [] : [`changed: ${changed.join(', ')}`]),
  ];
  if (wrong.length > 0)
    throw new FaultFailure(
      'soak/fault',
      `${verb.name}, write ${at} (${failed}): ${wrong.join('; ')}\n${outcome.err}`,
    );
}

async function contentsOf(root: string): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const name of (await readdir(root, { recursive: true })).sort()) {
    const path = join(root, name);
    if (!(await stat(path)).isFile()) {
      if (/(^|\/)\.[^/]*$/.test(name)) contents.set(name, 'folder');
      continue;
    }
    contents.set(
      name,
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  }
  return contents;
}
