import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@polytag/queue/redis-server';
import { Project, polytagTrain, set } from '../project.fixture.js';

// Shares are trained in processes of their own.
jest.setTimeout(180_000);

const PROGRAM = fileURLToPath(new URL('../../bin/polytag-train.js', import.meta.url));
const built = existsSync(fileURLToPath(new URL('../../dist/jobs/share-job.js', import.meta.url)));
if (!built) process.stderr.write('Rounds are not tested: build the app first.\n');

let project: Project;
let redis: RedisServer | undefined;
beforeAll(async () => {
  project = await Project.make();
  redis = await startRedisServer();
  if (!redis) process.stderr.write('Rounds by workers are not tested: there is no redis-server.\n');
});
afterAll(async () => {
  await redis?.stop();
  await project.remove();
});

/** Two shares, one round an epoch: the second goes on with what the optimisers of the first remember. */
const MACHINES = set('training.machines={shares: 2, steps: 5}', 'training.epochs=2', 'log.tensorboard=false');

(built ? it : it.skip)(
  'gives the same weights here and by workers, one of which is killed, and clears up',
  async () => {
    const files = ['checkpoints/last/weights.safetensors', 'best/model.safetensors'];
    const read = (run: string) => Promise.all(files.map((file) => readFile(project.path('runs', run, file), 'base64'))); // prettier-ignore
    const here = await project.fit('here', ...MACHINES, '--parallel', '2');
    expect([here.status, here.err]).toEqual([0, expect.stringContaining('steps 1 to 2 of all shares')]);
    expect(await readdir(project.path('runs/here'))).not.toContain('rounds');
    if (!redis) return;
    const place = ['--queue', redis.url, '--store', project.folder];
    // A worker that is killed in the first round: another trains its share anew.
    const mortal = spawn(process.execPath, [PROGRAM, 'worker', ...place, '--lock', '3'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const running = project.fit('queued', ...MACHINES, ...place);
    let told = '';
    for await (const text of mortal.stderr) if ((told += text).includes(': begun')) break;
    mortal.kill('SIGKILL');
    expect(told).not.toContain(': published');
    const worker = polytagTrain('worker', ...place, '--lock', '3');
    const queued = await running;
    process.emit('SIGTERM');
    expect(await worker).toMatchObject({ status: 0, err: expect.stringContaining('ended after 4 jobs') });
    expect(queued.status).toBe(0);
    expect(await read('queued')).toEqual(await read('here'));
    expect(await readdir(project.path('jobs'))).toEqual([]);
  },
);

it.each([
  ['fit', ['--parallel', '2'], []],
  ['sweep', [], ['--grid', 'grid.yaml']],
  ['fit', ['--folds', '2'], []],
])('refuses what rounds are not for: %s %j', async (command, more, grid) => {
  await project.write('grid.yaml', 'training.learningRate: [0.01, 0.02]\n');
  const machines = more[0] === '--parallel' ? [] : MACHINES;
  const options = grid.map((one) => (one === 'grid.yaml' ? project.path(one) : one));
  const { status, err } = await polytagTrain(command, '--config', project.path('tiny.yaml'), '--out', project.path('runs/refused'), ...machines, ...more, ...options); // prettier-ignore
  expect([status, err]).toEqual([2, expect.stringContaining('code: usage/machines')]);
});
