import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@polytag/queue/redis-server';
import { Project, polytagTrain, set } from '../project.fixture.js';

// Trials run in processes of their own.
jest.setTimeout(180_000);

const built = existsSync(fileURLToPath(new URL('../../dist/jobs/job-kinds.js', import.meta.url)));
if (!built) process.stderr.write('Sweeps are not tested: build the app first.\n');

let project: Project;
let redis: RedisServer | undefined;
beforeAll(async () => {
  project = await Project.make();
  redis = await startRedisServer();
  if (!redis) process.stderr.write('Sweeps by workers are not tested: there is no redis-server.\n');
});
afterAll(async () => {
  await redis?.stop();
  await project.remove();
});

const sweep = (out: string, ...more: string[]) =>
  polytagTrain('sweep', '--config', project.path('tiny.yaml'), '--out', project.path(out), ...more);
const textOf = (...names: string[]) => readFile(project.path(...names), 'utf8');
const GRID = 'training.learningRate: [0.005, 0.02]\n';

const whenBuilt = built ? it : it.skip;

it('writes into no folder of something else', async () => {
  const grid = await project.write('grid.yaml', GRID);
  const before = await readdir(project.path('data/images'));
  for (const out of ['data/images', 'data']) {
    const { status, err } = await sweep(out, '--grid', grid);
    expect([status, err]).toEqual([2, expect.stringContaining('code: usage/foreign-folder')]);
  }
  await mkdir(project.path('mine'));
  await project.write('mine/best.yaml', 'seed: 7\n');
  expect(await sweep('mine', '--grid', grid)).toMatchObject({ status: 2 });
  expect(await readdir(project.path('data/images'))).toEqual(before);
});

whenBuilt('trains every combination once, compares them, and gives the same table by workers', async () => {
  const grid = await project.write('grid.yaml', GRID);
  // Shares of the grid, as an array of Slurm takes them, and then what collects them.
  const share = await sweep('shares', '--grid', grid, '--trial', '2/2');
  expect([share.status, share.out]).toEqual([0, 'trained 1 trial of 2\n']);
  const whole = await sweep('shares', '--grid', grid);
  expect([whole.status, whole.err]).toEqual([0, expect.not.stringContaining('trial 2: training')]);
  const trials = JSON.parse(await textOf('shares/trials.json')) as { trial: number; mAP: number }[];
  expect(trials).toEqual(
    [0.005, 0.02].map((rate, i) => ({
      trial: i + 1,
      settings: { 'training.learningRate': rate },
      mAP: expect.any(Number),
      status: 'complete',
      epochs: 1,
    })),
  );
  expect(await textOf('shares/trials.csv')).toBe(
    `trial,status,mAP,epochs,training.learningRate\n${trials
      .map(({ trial, mAP }) => `${trial},complete,${mAP},1,${[0.005, 0.02][trial - 1]}\n`)
      .join('')}`,
  );
  const other = await sweep('shares', '--grid', await project.write('other.yaml', 'seed: [1, 2]'));
  expect([other.status, other.err]).toEqual([2, expect.stringContaining('usage/resume-differs')]);

  const best = trials[1].mAP > trials[0].mAP ? 0.02 : 0.005;
  expect(await textOf('shares/best.yaml')).toContain(`learningRate: ${best}\n`);
  // A trial is the run that fit makes of its config.
  const fit = await project.fit('again', ...set('training.learningRate=0.005'));
  expect(fit.out).toContain(`best mAP ${(100 * trials[0].mAP).toFixed(2)} %`);

  if (!redis) return;
  // The project's folder is the store.
  const place = ['--queue', redis.url, '--store', project.folder];
  const worker = polytagTrain('worker', ...place, '--lock', '5');
  const queued = await sweep('queued', '--grid', grid, '--no-prune', ...place);
  expect([queued.status, queued.out]).toEqual([0, whole.out.replaceAll('/shares/', '/queued/')]);
  for (const name of ['trials.json', 'trials.csv', 'best.yaml'])
    expect(await textOf('queued', name)).toBe(await textOf('shares', name));
  const jobs = await readdir(project.path('jobs'));
  expect(jobs).toHaveLength(2);
  const status = await polytagTrain('jobs', 'status', ...place);
  expect(status.out).toBe('0 waiting, 0 running, 0 failed, 2 published; 1 worker\n');
  process.emit('SIGTERM');
  expect(await worker).toMatchObject({ status: 0, err: expect.stringContaining('ended after 2 jobs') });
});

it.each([
  ['usage/grid', 'training.learningRate: 0.01\n', []],
  ['usage/grid', 'training.learningRate: [0.01, 0.01]\n', []],
  ['usage/unknown-key', 'training.learningrate: [0.01, 0.02]\n', []],
  ['usage/no-validation', GRID, set('data.val=null')],
  ['usage/no-validation', 'data.val: [null]\n', []],
  ['queue/place', GRID, ['--queue', 'redis://127.0.0.1:1']],
  ['queue/url', GRID, ['--queue', 'http://x', '--store', '.']],
])('refuses with %s before anything is trained: %j %j', async (code, grid, more) => {
  const file = await project.write('refused.yaml', grid);
  const { status, err } = await sweep('refused', '--grid', file, ...more);
  expect([status, err]).toEqual([2, expect.stringContaining(`code: ${code}`)]);
  expect(existsSync(project.path('refused', 'trials.json'))).toBe(false);
  // Nor is the folder made a store.
  expect(existsSync('store.json')).toBe(false);
});

it('names the trial whose settings do not go together', async () => {
  const grid = await project.write(
    'apart.yaml',
    'loss.name: [aam-asl, bce]\nmodel.head.options.space: [cosines]\n',
  );
  const { status, err } = await sweep('apart', '--grid', grid);
  expect([status, err]).toEqual([
    2,
    expect.stringContaining(
      'Trial 2 of the grid (loss.name="bce" model.head.options.space="cosines"): The head',
    ),
  ]);
});
