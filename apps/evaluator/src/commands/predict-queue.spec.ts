import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, open, readFile, symlink } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@polytag/queue/redis-server';
import { ModelProject, polytagEval } from '../evaluator.fixture.js';
import { entryOf, takenOver } from '../jobs/lump-job.js';

// Jobs run in processes of their own.
jest.setTimeout(120_000);

const built = existsSync(fileURLToPath(new URL('../../dist/jobs/job-kinds.js', import.meta.url)));
let project: ModelProject;
let redis: RedisServer | undefined;
beforeAll(async () => {
  project = await ModelProject.make();
  redis = built ? await startRedisServer() : undefined;
  if (!redis)
    process.stderr.write(
      'Predicting by workers is not tested: there is no redis-server, or the app is not built.\n',
    );
});
afterAll(async () => {
  await redis?.stop();
  await project.remove();
});

it('merges what workers predict to the bytes of one run, names what cannot be used, and does nothing twice', async () => {
  if (!redis) return;
  const place = ['--queue', redis.url, '--store', project.folder];
  const images = project.path('data/images');
  const predict = (...more: string[]) =>
    polytagEval('predict', images, '--model', project.best, '--scores', ...more);
  expect((await predict('--out', project.path('here.csv'))).status).toBe(0);
  const worker = polytagEval('worker', ...place, '--lock', '5');
  // Two coordinators at once: each job is done once, and the file is that of either.
  const both = await Promise.all(
    [1, 2].map(() => predict('--out', project.path('there.csv'), '--lump', '8', ...place)),
  );
  for (const queued of both) expect([queued.status, queued.out]).toEqual([0, '']);
  expect(await readFile(project.path('there.csv'), 'utf8')).toBe(
    await readFile(project.path('here.csv'), 'utf8'),
  );

  // Another image, at the end: the first job is as it was.
  const bad = await project.write('data/zz.jpg', 'no image');
  const more = await polytagEval('predict', images, bad, '--model', project.best, '--scores', '--format', 'csv', '--lump', '8', ...place); // prettier-ignore
  expect(more).toMatchObject({
    status: 3,
    out: await readFile(project.path('here.csv'), 'utf8'),
    err: expect.stringContaining(`error: ${bad} is a text file`),
  });

  // One that was mended since, one of any name, and one that only this machine has: the others are as without a queue.
  await copyFile(project.path('data/images/val-00000.png'), bad);
  const odd = project.path('back\\slash\nnew "line".png');
  await copyFile(project.path('data/images/val-00001.png'), odd);
  const elsewhere = project.path('elsewhere.jpg');
  await symlink(fileURLToPath(import.meta.url), elsewhere);
  const mended = await predict('--out', project.path('plain.csv'), bad, odd);
  expect(mended.status).toBe(0);
  const queued = await predict('--out', project.path('mended.csv'), bad, odd, elsewhere, ...place);
  expect([queued.status, queued.err]).toEqual([3, expect.stringContaining(`${elsewhere} is not in the store`)]); // prettier-ignore
  expect(await readFile(project.path('mended.csv'), 'utf8')).toBe(await readFile(project.path('plain.csv'), 'utf8')); // prettier-ignore
  // Warnings of the model are those of one run.
  const flipped = project.path('flipped');
  await polytagEval('calibrate', '--model', project.best, '--data', project.path('data/val.json'), '--method', 'platt', '--flip', '--out', flipped); // prettier-ignore
  const warned = await polytagEval('predict', odd, '--model', flipped, ...place);
  expect(warned).toMatchObject({ status: 0, err: expect.stringContaining('calibration of the model were fitted with --flip') }); // prettier-ignore
  process.emit('SIGTERM');
  expect(await worker).toMatchObject({ status: 0, err: expect.stringContaining('ended after 5 jobs') });
});

it('refuses photographs that workers cannot see, and options of this machine', async () => {
  if (!redis) return;
  const store = project.path('other');
  await mkdir(store);
  const refused = async (code: string, ...more: string[]) => {
    const { status, err } = await polytagEval('predict', project.path('data/images'), '--model', project.best, '--queue', redis!.url, ...more); // prettier-ignore
    expect([status, err]).toEqual([2, expect.stringContaining(code)]);
  };
  await refused('queue/outside-store', '--store', store);
  await refused('queue/place');
  await refused('usage/invalid', '--store', store, '--shard', '1/2', '--out', project.path('x.csv'));
});

it('refuses --store without --queue', async () => {
  const { status, err } = await polytagEval('predict', project.path('data/images'), '--model', project.best, '--store', project.path('other')); // prettier-ignore
  expect([status, err]).toEqual([2, expect.stringContaining('--store needs --queue.')]);
});

it('says of a command that is stopped that its jobs go on', async () => {
  if (!redis) return;
  const store = project.path('stopped');
  await mkdir(store);
  await copyFile(project.path('data/images/val-00000.png'), project.path('stopped/a.png'));
  const queued = polytagEval('predict', project.path('stopped/a.png'), '--model', project.best, '--queue', redis.url, '--store', store); // prettier-ignore
  while (!existsSync(project.path('stopped/files'))) await setTimeout(20);
  process.emit('SIGTERM');
  const { status, err } = await queued;
  expect([status, err]).toEqual([130, expect.stringContaining('Queued jobs continue. Repeat the command')]);
});

it('takes no line of an attempt that was replaced, but still writes', async () => {
  const journal = project.path('journal.jsonl');
  const line = (text: string) => `${JSON.stringify({ line: text })}\n`;
  const old = await open(journal, 'a');
  await old.appendFile(`${line('a')}{"line": "cut of`);
  expect(await takenOver(journal)).toEqual([{ line: 'a' }]);
  await appendFile(journal, line('b'));
  await old.appendFile(`f"}\n${line('late')}`);
  await old.close();
  expect(await takenOver(journal)).toEqual([{ line: 'a' }, { line: 'b' }]);
});

it.each(['{"path": 1}', '["a.jpg"]', '["a.jpg", "cut of'])(
  'names a line of a list that is none: %s',
  (line) => {
    const told = {
      code: 'queue/list',
      message: expect.stringMatching(/^Line 3 of the job's list is .*, not \["path"/),
    };
    expect(() => entryOf(line, 3)).toThrow(expect.objectContaining(told));
  },
);
