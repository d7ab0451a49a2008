import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { openLoader, readLabelFile } from '@polytag/datasets';
import { modelOutputs, readScores } from '@polytag/evaluation';
import { loadModel } from '@polytag/model';
import { startRedisServer } from '@polytag/queue/redis-server';
import { polytagTrain, Project, set } from '../project.fixture.js';

// Folds that are jobs run in processes of their own.
jest.setTimeout(120_000);

const built = existsSync(fileURLToPath(new URL('../../dist/jobs/fold-job.js', import.meta.url)));
if (!built) process.stderr.write('Folds as jobs are not tested: build the app first.\n');

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const [FOLDS, TWO] = ['3', '2'].map((folds) => ['--folds', folds, ...set('training.batchSize=2')]);
const text = (...names: string[]) => readFile(project.path('runs', ...names), 'utf8');
const RESULTS = ['out-of-fold.csv', 'scores.json', 'folds.json', 'fold-1/out-of-fold.csv'];
const results = (run: string) => Promise.all(RESULTS.map((name) => text(run, name)));

it('trains each fold without its images, and predicts them', async () => {
  const { status, out, err } = await project.fit('folds', ...FOLDS);
  expect([status, err]).toEqual([0, expect.stringContaining('fold 3 of 3: training on ')]);
  expect(out.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
    'fold',
    '1',
    '2',
    '3',
    'mean',
    'deviation',
    expect.stringMatching(/^out-of-fold predictions: .*folds\/out-of-fold\.csv$/),
    expect.stringMatching(
      /^next: npx polytag-train fit --config .*runs\/folds\/config\.yaml --out runs\/all$/,
    ),
    '',
  ]);

  const all = await readLabelFile(project.path('data/train.json'));
  const { labels } = all;
  const names = all.images.map(({ name }) => name);
  const lines = (await text('folds', 'out-of-fold.csv')).trimEnd().split('\n');
  expect(lines[0]).toBe(['image', ...labels.names].join(','));
  expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(names);
  const { scores } = await readScores(project.path('runs/folds/out-of-fold.csv'), { labels, images: names });

  const scored: string[] = [];
  for (const fold of [1, 2, 3]) {
    const data = (part: string) => readLabelFile(project.path(`runs/folds/data/fold-${fold}/${part}.json`));
    const [train, val] = [await data('train'), await data('val')];
    const paths = (set: typeof train) => set.images.map(({ path }) => path);
    expect([...paths(train), ...paths(val)].sort()).toEqual(paths(all).sort());
    scored.push(...paths(val));
    // The saved model says of them what the table does.
    const model = await loadModel(project.path(`runs/folds/fold-${fold}/best`));
    const images = openLoader(val, { preprocessing: model.preprocessing, batchSize: 2 });
    const own = model.scores((await modelOutputs(model, images)).outputs);
    await images.close();
    model.dispose();
    val.images.forEach(({ path }, row) => {
      const at = all.images.findIndex((image) => image.path === path);
      for (let k = 0; k < labels.size; k++)
        expect(scores[at * labels.size + k]).toBeCloseTo(own[row * labels.size + k], 5);
    });
  }
  expect(scored.sort()).toEqual(all.images.map(({ path }) => path).sort());
});

it('gives mean and deviation of the folds', async () => {
  const { folds, mean, deviation } = JSON.parse(await text('folds', 'scores.json')) as Record<string, never>;
  const values = (folds as { mAP: number }[]).map(({ mAP }) => mAP);
  const middle = values.reduce((a, b) => a + b) / 3;
  expect((mean as { mAP: number }).mAP).toBeCloseTo(middle, 12);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  expect((deviation as { mAP: number }).mAP).toBeCloseTo(Math.sqrt(squares / 2), 12);
});

it('goes on wherever it was stopped, to the same files', async () => {
  const whole = await results('folds');
  const stopped = (run: string) => project.path('runs', run);
  // In the second fold before its predictions, in the first before its checkpoint, and at the very end.
  await cp(stopped('folds'), stopped('second'), { recursive: true });
  await rm(stopped('second/fold-2/out-of-fold.csv'));
  await rm(stopped('second/fold-3'), { recursive: true });
  await cp(stopped('folds'), stopped('first'), { recursive: true });
  for (const fold of [1, 2, 3]) await rm(stopped(`first/fold-${fold}`), { recursive: true });
  for (const run of ['first', 'second'])
    for (const name of ['out-of-fold.csv', 'scores.json']) await rm(stopped(`${run}/${name}`));
  await cp(stopped('folds'), stopped('end'), { recursive: true });
  for (const run of ['second', 'first', 'end']) {
    const { status, out } = await project.fit(run, ...FOLDS, '--resume');
    expect([status, out]).toEqual([0, expect.stringContaining('deviation')]);
    expect(await results(run)).toEqual(whole);
  }
});

/** Files that no clock is in, by their names. */
async function filesOf(run: string): Promise<Record<string, string>> {
  const folder = project.path('runs', run);
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/^metrics\.jsonl$|^events\.|^report\.html$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const text = async (name: string) => {
    const bytes = await readFile(join(folder, name));
    if (name.endsWith('.yaml')) return bytes.toString().replace(/root: .*\/runs\/[^/]+/, 'root: ');
    return createHash('sha256').update(bytes).digest('hex');
  };
  return Object.fromEntries(await Promise.all(names.sort().map(async (name) => [name, await text(name)])));
}

(built ? it : it.skip)(
  'gives the same files as jobs, by workers and in processes of this machine',
  async () => {
    const whole = await filesOf('folds');
    const without = async (run: string, ...folds: number[]) => {
      await cp(project.path('runs/folds'), project.path('runs', run), { recursive: true });
      for (const fold of folds) await rm(project.path('runs', run, `fold-${fold}`), { recursive: true });
      for (const name of ['out-of-fold.csv', 'scores.json']) await rm(project.path('runs', run, name));
    };
    await without('parallel', 2, 3);
    const here = await project.fit('parallel', ...FOLDS, '--resume', '--parallel', '2');
    expect([here.status, here.err]).toEqual([0, expect.stringContaining('fold 3 of 3 is finished')]);
    expect(await filesOf('parallel')).toEqual(whole);

    const redis = await startRedisServer();
    if (!redis)
      return void process.stderr.write('Folds by workers are not tested: there is no redis-server.\n');
    await without('queued', 1);
    // The project's folder is the store.
    const place = ['--queue', redis.url, '--store', project.folder];
    const worker = polytagTrain('worker', ...place, '--lock', '5');
    // Two coordinators at once, as of a scheduler that starts one too many: one job, one result.
    const both = await Promise.all([1, 2].map(() => project.fit('queued', ...FOLDS, '--resume', ...place)));
    process.emit('SIGTERM');
    expect((await worker).err).toContain('ended after 1 job\n');
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(await filesOf('queued')).toEqual(whole);
    await redis.stop();
  },
);

it('runs a frozen backbone once for all folds', async () => {
  const { status, err } = await project.fit('shared', ...TWO, ...set('training.features=true'));
  expect(status).toBe(0);
  // 8 images and their mirror images.
  const computed = [...err.matchAll(/features: .*: (?:(\d+) to compute|all in the cache)/g)].map(([, n]) =>
    Number(n ?? 0),
  );
  expect(computed).toHaveLength(4);
  expect(computed.reduce((a, b) => a + b)).toBe(16);
  const caches = (await readdir(project.path('runs/features'))).filter((name) => /^[0-9a-f]{32}$/.test(name));
  expect(caches).toHaveLength(1);
});

it('goes without images that cannot be used, which are in no fold', async () => {
  const entries = Array.from({ length: 8 }, (_, i) => [i % 2 ? ['cat'] : ['dog']][0]);
  await writeFile(project.path('data/broken.png'), 'none');
  await project.labelFile('some.json', (i) => entries[i], { replace: { 3: 'broken.png' } });
  const some = set('data.train=some.json', 'data.badImages=skip');
  const { status, err } = await project.fit('skip', ...TWO, ...some);
  expect([status, err]).toEqual([0, expect.stringContaining('continuing without 1 image that')]);
  const table = await text('skip', 'out-of-fold.csv');
  expect(table).not.toContain('broken.png');
  expect(table.trimEnd().split('\n')).toHaveLength(8);
  await rm(project.path('runs/skip/fold-2'), { recursive: true });
  expect((await project.fit('skip', ...TWO, ...some, '--resume')).status).toBe(0);
  expect(await text('skip', 'out-of-fold.csv')).toBe(table);
});

describe('refuses', () => {
  it.each([
    ['what is there, without --resume', 'folds', FOLDS, 'usage/run-exists'],
    ['to resume what is not there', 'none', [...FOLDS, '--resume'], 'usage/no-checkpoint'],
    ['another number of folds', 'folds', ['--folds', '2', '--resume'], 'usage/resume-differs'],
    ['another config', 'folds', [...FOLDS, '--resume', ...set('training.epochs=2')], 'usage/resume-differs'],
    ['a folder of something else', '../data', FOLDS, 'usage/foreign-folder'],
    ['one fold', 'one', ['--folds', '1'], 'usage/folds'],
    ['a dry run', 'dry', ['--folds', '3', '--dry-run'], 'usage/folds'],
    ['more folds than images', 'many', ['--folds', '9'], 'data/empty-part'],
  ])('%s', async (_, run, more, code) => {
    const { status, err } = await project.fit(run, ...more);
    expect([status === 0, err]).toEqual([false, expect.stringContaining(`code: ${code}`)]);
  });

  it('other images', async () => {
    await cp(project.path('data'), project.path('fewer'), { recursive: true });
    await project.write(
      'fewer/train.json',
      (await readFile(project.path('data/train.json'), 'utf8')).replace('train-00000', 'val-00000'),
    );
    const fewer = set(`data.root=${project.path('fewer')}`);
    const { status, err } = await project.fit('folds', ...FOLDS, '--resume', ...fewer);
    expect([status, err]).toEqual([
      2,
      expect.stringContaining('changed since the folds were made, e.g. "images/val-0'),
    ]);
  });

  it('a file to score on', async () => {
    const files = ['--train', project.path('data/train.json'), '--val', project.path('data/val.json')];
    const { status, err } = await polytagTrain(
      'fit',
      ...files,
      '--folds',
      '2',
      '--out',
      project.path('runs/val'),
    );
    expect([status, err]).toEqual([2, expect.stringContaining('Remove --val')]);
  });
});

it('begins anew where nothing was trained, and holds what has begun to its groups', async () => {
  const group = await project.write('groups.csv', 'image,group\nimages/train-00000.png,a\n');
  const weights = await project.write('damaged.pth', 'no weights');
  const failed = await project.fit('begun-anew', ...TWO, ...set(`model.weights=${weights}`));
  expect([failed.status, failed.err]).toEqual([4, expect.stringContaining('code: checkpoint/')]);
  const again = await project.fit('begun-anew', ...TWO, '--group', group);
  expect(again.status).toBe(0);
  for (const more of [
    [],
    ['--group', await project.write('other.csv', 'image,group\nimages/train-00001.png,a\n')],
  ]) {
    const { status, err } = await project.fit('begun-anew', ...TWO, '--resume', ...more);
    expect([status, err]).toEqual([2, expect.stringContaining('another --group')]);
  }
  expect((await project.fit('begun-anew', ...TWO, '--resume', '--group', group)).status).toBe(0);
});
