import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFolder } from '@polytag/checkpoints';
import { openRunFolder, withRunFolder, type OpenRunFolderOptions, type RunFolder } from './run-folder.js';
import { writeSearch, type SearchRecord } from './search-record.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-run-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const IDENTITY = { seed: 3 };
const RECORD: SearchRecord = { version: 1, identity: IDENTITY, trials: [] };

const leave = {
  nothing: async () => {},
  'an empty log': () => writeFile(join(folder, 'metrics.jsonl'), ''),
  'a line': () => writeFile(join(folder, 'metrics.jsonl'), '{"epoch":1,"step":5}\n'),
  'two lines': () =>
    writeFile(join(folder, 'metrics.jsonl'), '{"epoch":1,"step":5}\n{"epoch":2,"step":10}\n'),
  'a damaged line': () => writeFile(join(folder, 'metrics.jsonl'), '{"epoch":1,"st'),
  'half a checkpoint': () => mkdir(join(folder, 'checkpoints')),
  'a checkpoint': () =>
    writeFolder(join(folder, 'checkpoints/last'), {
      'state.json': JSON.stringify({ version: 2, identity: IDENTITY, progress: {}, optimiserSteps: {} }),
    }),
  'a checkpoint that has found best weights': () =>
    writeFolder(join(folder, 'checkpoints/last'), {
      'state.json': JSON.stringify({
        version: 2,
        identity: IDENTITY,
        progress: { best: { epoch: 1 } },
        optimiserSteps: {},
      }),
    }),
  'best weights': () => writeFolder(join(folder, 'best'), { 'model.safetensors': '' }),
  'a search': async () => {
    await mkdir(join(folder, 'lr-search'));
    await writeSearch(join(folder, 'lr-search'), RECORD);
  },
};
type Left = keyof typeof leave;

/** The kind of plan, or the code of the error. */
const opened = (options: OpenRunFolderOptions, path = folder): Promise<string> =>
  openRunFolder(path, options).then(
    async ({ plan, close }) => {
      await close();
      return plan.kind;
    },
    ({ code }: { code: string }) => code,
  );

// Rows: what an earlier process left; what becomes of it without and with `resume`, and of `if-begun`.
it.each<[Left[], string, string, string]>([
  [['nothing'], 'fresh', 'usage/no-checkpoint', 'fresh'],
  [['half a checkpoint'], 'fresh', 'usage/no-checkpoint', 'fresh'],
  [['an empty log'], 'fresh', 'fresh', 'fresh'],
  [['a line'], 'usage/run-exists', 'fresh', 'fresh'],
  [['a damaged line'], 'usage/run-exists', 'fresh', 'fresh'],
  [['two lines'], 'usage/run-exists', 'usage/no-checkpoint', 'usage/no-checkpoint'],
  [['a checkpoint'], 'usage/run-exists', 'continue', 'continue'],
  [['two lines', 'a checkpoint'], 'usage/run-exists', 'continue', 'continue'],
  [['a search'], 'usage/run-exists', 'usage/no-checkpoint', 'fresh'],
  [['a checkpoint that has found best weights'], 'usage/run-exists', 'usage/no-best', 'usage/no-best'],
  [['a checkpoint that has found best weights', 'best weights'], 'usage/run-exists', 'continue', 'continue'],
])('plans a run where there is %j: %s, resumed %s', async (left, started, resumed, ifBegun) => {
  for (const one of left) await leave[one]();
  expect(await opened({})).toBe(started);
  expect(await opened({ resume: true })).toBe(resumed);
  expect(await opened({ resume: 'if-begun' })).toBe(ifBegun);
});

it.each<[Left[], string, string]>([
  [['nothing'], 'search', 'usage/no-checkpoint'],
  [['an empty log'], 'search', 'search'],
  [['a search'], 'usage/run-exists', 'search'],
  [['a search', 'a line'], 'usage/run-exists', 'search'],
  [['a search', 'a checkpoint'], 'usage/run-exists', 'continue'],
])('plans a run that searches its rate where there is %j: %s, resumed %s', async (left, started, resumed) => {
  for (const one of left) await leave[one]();
  expect(await opened({ search: true })).toBe(started);
  expect(await opened({ search: true, resume: true })).toBe(resumed);
});

it('hands down what a search has found, and where it is kept', async () => {
  await leave['a search']();
  await withRunFolder(folder, { search: true, resume: true }, async ({ plan }) => {
    expect(plan).toEqual({ kind: 'search', search: { path: join(folder, 'lr-search'), found: RECORD } });
  });
});

it('plans a search alone', async () => {
  const options = { search: 'only' } as const;
  expect(await opened(options)).toBe('search');
  expect(await opened({ ...options, resume: true })).toBe('usage/no-checkpoint');
  await writeSearch(folder, RECORD);
  expect(await opened(options)).toBe('usage/search-exists');
  await withRunFolder(folder, { ...options, resume: true }, async ({ plan }) => {
    expect(plan).toEqual({ kind: 'search', search: { path: folder, found: RECORD } });
  });
});

it.each<[string, string, OpenRunFolderOptions]>([
  ['a model folder', 'model.safetensors', {}],
  ['other files', 'holiday.jpg', {}],
  ['other files', 'holiday.jpg', { search: 'only' }],
  ['a run', 'metrics.jsonl', { search: 'only' }],
  ['a search alone', 'search.json', {}],
])('leaves a folder alone that holds %s (%s)', async (_, name, options) => {
  await writeFile(join(folder, name), '{}');
  await writeFile(join(folder, '.aside.tmp'), 'of another program');
  expect(await opened(options)).toBe('usage/foreign-folder');
  expect(await opened({ ...options, resume: true })).toBe('usage/no-checkpoint');
  expect((await readdir(folder)).sort()).toEqual(['.aside.tmp', name]);
});

it("leaves another program's folder of checkpoints alone", async () => {
  await mkdir(join(folder, 'checkpoints'));
  await writeFile(join(folder, 'checkpoints', 'model.ckpt'), '');
  expect(await opened({})).toBe('usage/foreign-folder');
  expect(await opened({ resume: true })).toBe('usage/no-checkpoint');
  expect(await readdir(folder)).toEqual(['checkpoints']);
});

it('takes a folder with a log, a config and a note of a person', async () => {
  for (const name of ['fit.log', 'experiment.yaml', 'README']) await writeFile(join(folder, name), '');
  expect(await opened({})).toBe('fresh');
});

it('makes no folder that stays empty', async () => {
  expect(await opened({ resume: true }, join(folder, 'runs/mistyped'))).toBe('usage/no-checkpoint');
  expect(await opened({}, join(folder, 'runs/first'))).toBe('fresh');
  expect(await readdir(folder)).toEqual([]);
});

it('is locked from the plan to its end, whoever uses it', async () => {
  await withRunFolder(folder, {}, async (outer) => {
    expect(await opened({})).toBe('usage/run-locked');
    const inner: RunFolder = await withRunFolder(outer, { resume: true }, async (same) => same);
    expect(inner).toBe(outer);
    expect(JSON.parse(await readFile(join(folder, 'run.lock'), 'utf8')).pid).toBe(process.pid);
  });
  expect(await readdir(folder)).toEqual([]);
});
