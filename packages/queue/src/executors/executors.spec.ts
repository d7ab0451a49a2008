import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { brokerAddress } from '../broker/broker-address.js';
import { cancelJobs, queueStatus } from '../broker/queue-jobs.js';
import { brokerModules, queueName } from '../broker/connect.js';
import { runWorker } from '../broker/worker.js';
import { jobsCommand } from '../commands/jobs-command.js';
import type { Job } from '../jobs/job.js';
import { startRedisServer, type RedisServer } from '../redis-server.js';
import { Store } from '../store/store.js';
import { LocalExecutor } from './local-executor.js';
import { QueueExecutor } from './queue-executor.js';

// Processes of their own.
jest.setTimeout(60_000);

const here = (path: string) => new URL(path, import.meta.url);
const childModule = here('../child/spec-jobs.fixture.mjs');
const built = existsSync(fileURLToPath(here('../../dist/index.js')));
if (!built) process.stderr.write('Jobs are not tested in processes of their own: build the package first.\n');

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-jobs-'))));
afterEach(() => rm(folder, { recursive: true }));

const note = () => join(folder, 'note');
const job = (kind: string, parameters: Job['parameters']): Job => ({ kind, version: 1, parameters });
const textIn = (result: string) => readFile(join(result, 'text'), 'utf8');
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(50);
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

(built ? describe : describe.skip)('on this machine', () => {
  async function local(): Promise<LocalExecutor> {
    const store = await Store.open(join(folder, 'store'), { local: true });
    return new LocalExecutor({ store, childModule, parallel: 2, allowModules: false });
  }

  it('does a job once, goes on past one that always fails, and goes on with one whose process dies on the way', async () => {
    const executor = await local();
    const [echo, again, poison, mortal] = await Promise.all(
      [
        job('echo', { text: 'a' }),
        job('echo', { text: 'a' }),
        job('poison', { counter: note() }),
        job('mortal', { steps: 5 }),
      ].map((one) => executor.submit(one)),
    );
    expect(again).toBe(echo);
    const twice = job('mortal', { steps: 2 });
    const both = await Promise.all([executor.submit(twice), executor.submit(twice)]);
    expect(await readFile(join(await executor.result(both[0]), 'done'), 'utf8')).toBe('xx');
    expect(await textIn(await executor.result(echo))).toBe('a');
    await expect(executor.result(poison)).rejects.toMatchObject({
      code: 'queue/job-failed',
      message: expect.stringContaining('it always fails'),
      exitCode: 9,
    });
    expect(await readFile(note(), 'utf8')).toBe('xxx');
    expect(await readFile(join(await executor.result(mortal), 'done'), 'utf8')).toBe('xxxxx');
    await executor.close();

    const later = await local();
    await later.submit(job('echo', { text: 'a' }));
    expect(later.progress(echo).state).toBe('published');
    await later.close();
  });

  it('kills a job that shows no progress, tries it again, names it in the end, and does the others', async () => {
    const store = await Store.open(join(folder, 'store'), { local: true });
    const executor = new LocalExecutor({
      store,
      childModule,
      parallel: 2,
      allowModules: false,
      hangSeconds: 2,
    });
    const patient = new LocalExecutor({
      store,
      childModule,
      parallel: 1,
      allowModules: false,
      // Longer than a timer can wait.
      hangSeconds: 30 * 24 * 3600,
    });
    const busy = await patient.submit(job('busy', { seconds: 0.5, note: join(folder, 'busy') }));
    const [stuck, echo] = await Promise.all(
      [job('stuck', { counter: note() }), job('echo', { text: 'a' })].map((one) => executor.submit(one)),
    );
    expect(await textIn(await executor.result(echo))).toBe('a');
    await expect(executor.result(stuck)).rejects.toMatchObject({
      code: 'queue/job-failed',
      message: expect.stringContaining(
        'A stuck showed no progress for 0:02 and was killed. If its steps take that long, start the worker with --hang and more seconds. (queue/child-hung)',
      ),
    });
    expect(await readFile(note(), 'utf8')).toBe('xxx');
    await executor.close();
    expect(await patient.result(busy)).toBe(store.resultFolder(busy));
    await patient.close();
  });

  it('keeps a process for jobs that share a model, and none after another model, a failure or a kill', async () => {
    const store = await Store.open(join(folder, 'store'), { local: true });
    const executor = new LocalExecutor({ store, childModule, parallel: 1, allowModules: false });
    const run = async (model: string, list: string, fails?: boolean) => {
      const result = await executor.result(await executor.submit(job('kept', { model, list, fails })));
      return (await textIn(result)).split(' in ');
    };
    const first = await run('m', 'a');
    expect(first[0]).toBe('m opened for a');
    expect(await run('m', 'b')).toEqual(first);
    const other = await run('n', 'c');
    expect(other[0]).toBe('n opened for c');
    expect(other[1]).not.toBe(first[1]);
    await expect(run('n', 'd', true)).rejects.toMatchObject({ code: 'queue/job-failed' });
    const [opened, pid] = await run('n', 'e');
    expect(opened).toBe('n opened for e');
    process.kill(Number(pid), 'SIGKILL');
    expect((await run('n', 'f'))[0]).toBe('n opened for f');
    await executor.close();
  });

  it('leaves no process behind when it is killed, whatever that one computes', async () => {
    const parent = spawn(process.execPath, [
      fileURLToPath(here('../child/orphan.fixture.mjs')),
      join(folder, 'store'),
      note(),
    ]);
    await until(() => existsSync(note()));
    await setTimeout(100);
    const child = Number(await readFile(note(), 'utf8'));
    expect(isAlive(child)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(child));
  });
});

describe('by a queue', () => {
  let redis: RedisServer | undefined;
  beforeAll(async () => {
    redis = built ? await startRedisServer() : undefined;
    if (built && !redis)
      process.stderr.write(
        'Queues are not tested: there is no redis-server (apt-get install redis-server).\n',
      );
  });
  afterAll(() => redis?.stop());

  async function place() {
    const store = await Store.open(join(folder, 'store'));
    const broker = brokerAddress(redis!.url);
    const stops: (() => Promise<void>)[] = [];
    const worker = () => {
      const stop = new AbortController();
      const tell: string[] = [];
      const ended = runWorker({
        ...{ broker, store, program: 'spec', childModule, parallel: 1, allowModules: false, lockSeconds: 2 },
        signal: stop.signal,
        tell: (line) => void tell.push(line),
      });
      const end = async () => {
        stop.abort();
        await ended;
      };
      stops.push(end);
      return { tell, end };
    };
    const open = async () => {
      const executor = await QueueExecutor.open({ broker, store, program: 'spec', tell: () => undefined });
      stops.push(() => executor.close());
      return executor;
    };
    const endAll = () => Promise.all(stops.map((stop) => stop()));
    return { store, broker, worker, open, endAll, queue: { broker, store, program: 'spec' } };
  }

  it('gives the jobs of several coordinators to several workers, each job once, and names one that always fails', async () => {
    if (!redis) return;
    const { worker, open, endAll, queue } = await place();
    const workers = [worker(), worker()];
    const [one, two] = [await open(), await open()];
    const jobs = ['a', 'b', 'c', 'd'].map((text) => job('echo', { text }));
    const ids = await Promise.all([
      ...jobs.map((one_) => one.submit(one_)),
      ...jobs.map((one_) => two.submit(one_)),
    ]);
    const poison = await one.submit(job('poison', { counter: note() }));
    const results = await Promise.all(ids.map((id, i) => (i < 4 ? one : two).result(id)));
    expect(await Promise.all(results.map(textIn))).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']);
    await expect(one.result(poison)).rejects.toMatchObject({
      code: 'queue/job-failed',
      message: expect.stringContaining('it always fails'),
    });
    expect(await readFile(note(), 'utf8')).toBe('xxx');
    const told = workers.flatMap(({ tell }) => tell.filter((line) => line.endsWith(': published')));
    expect(told.sort()).toEqual([...new Set(ids)].map((id) => `${id}: published`).sort());
    expect(await queueStatus(queue)).toMatchObject({
      waiting: 0,
      running: [],
      failed: [{ id: poison, reason: 'poison: it always fails' }],
      published: 4,
    });
    await endAll();
  });

  it('gives back what a worker that is told to stop is at, and keeps the lock of a job that holds its thread', async () => {
    if (!redis) return;
    const { store, worker, open, endAll } = await place();
    const executor = await open();
    const first = worker();
    const id = await executor.submit(job('patient', { note: note() }));
    await until(() => existsSync(note()));
    await setTimeout(200);
    await first.end();
    expect(first.tell).toContain(`${id}: saved and returned to the queue`);
    expect(store.isPublished(id)).toBe(false);
    const second = worker();
    expect(await readdir(await executor.result(id))).toContain('half');
    expect(second.tell).toContain(`${id}: published`);
    expect(await readFile(note(), 'utf8')).toBe('begun\nbegun\n');

    // Longer than the lock lasts by itself, beside a worker that would take it.
    const third = worker();
    const busy = await executor.submit(job('busy', { seconds: 3, note: join(folder, 'busy') }));
    await executor.result(busy);
    expect([...second.tell, ...third.tell].filter((line) => line === `${busy}: begun`)).toHaveLength(1);
    await endAll();
  });

  it('cancels what waits and what is under way, for whoever waits for it', async () => {
    if (!redis) return;
    const { worker, open, endAll, queue } = await place();
    const executor = await open();
    worker();
    const ids = [
      await executor.submit(job('busy', { seconds: 60, note: note() })),
      await executor.submit(job('echo', { text: 'never' })),
    ];
    await until(() => existsSync(note()));
    const child = Number(await readFile(note(), 'utf8'));
    const results = ids.map((id) =>
      expect(executor.result(id)).rejects.toMatchObject({ code: 'queue/cancelled' }),
    );
    expect(await cancelJobs(queue)).toEqual(new Map(ids.map((one) => [one, 'cancelled'])));
    await Promise.all(results);
    // A thread that is held sees no signal: its parent waits, and kills.
    process.kill(child, 'SIGKILL');
    await endAll();
  });

  it('begins a job anew that is asked for again while its worker is still stopping', async () => {
    if (!redis) return;
    const { store, worker, open, endAll, queue } = await place();
    const executor = await open();
    worker();
    const wanted = job('reluctant', { note: note(), stopping: join(folder, 'stopping') });
    const id = await executor.submit(wanted);
    await until(() => existsSync(note()));
    const first = executor.result(id).catch((error: unknown) => error);
    expect(await cancelJobs(queue)).toEqual(new Map([[id, 'cancelled']]));
    expect(await first).toMatchObject({ code: 'queue/cancelled' });
    // Its worker has seen the mark, and stops.
    await until(() => existsSync(join(folder, 'stopping')));
    await executor.submit(wanted);
    expect(await executor.result(id)).toBe(store.resultFolder(id));
    const nobodys = `echo-${'0'.repeat(40)}`;
    const left = [
      [id, 'finished'],
      [nobodys, 'unknown'],
    ] as const;
    expect(await cancelJobs(queue, [id, nobodys])).toEqual(new Map(left));
    expect(existsSync(store.jobFolder(nobodys))).toBe(false);
    const said = new PassThrough();
    const command = jobsCommand({ out: said, err: said }, { program: 'spec' });
    const where = ['--queue', redis.url, '--store', store.path];
    await command.parseAsync(['cancel', id, nobodys, ...where], { from: 'user' });
    expect(String(said.read())).toBe(
      `${id} is already finished\n${nobodys} is not a job of this program in this store\n0 jobs cancelled\n`,
    );
    await endAll();
  });

  it('shows jobs that end meanwhile, and says what the broker refuses', async () => {
    if (!redis) return;
    const { open, endAll, queue, store } = await place();
    const executor = await open();
    await executor.submit(job('echo', { text: 'waits' }));
    const { Redis } = await brokerModules();
    const client = new Redis(redis.url);
    // Its data is gone, its place in the list is not yet.
    await client.lpush(`bull:${queueName('spec', store)}:active`, `echo-${'1'.repeat(40)}`);
    expect(await queueStatus(queue)).toMatchObject({ waiting: 1, running: [] });
    const damaged = `echo-${'2'.repeat(40)}`;
    await client.hset(`bull:${queueName('spec', store)}:${damaged}`, 'data', '{cut of');
    await client.lpush(`bull:${queueName('spec', store)}:active`, damaged);
    await client.zadd(`bull:${queueName('spec', store)}:failed`, 1, damaged);
    const failed = [{ id: damaged, reason: 'its record in the broker is damaged' }];
    expect(await queueStatus(queue)).toMatchObject({ running: [{ id: damaged }], failed });
    await client.zrem(`bull:${queueName('spec', store)}:failed`, damaged);
    await client.lrem(`bull:${queueName('spec', store)}:active`, 0, damaged);
    await client.lrem(`bull:${queueName('spec', store)}:active`, 0, `echo-${'1'.repeat(40)}`);
    await client.config('SET', 'maxmemory', '1');
    const refused = { code: 'queue/refused', exitCode: 9, message: expect.stringMatching(/^The broker at 127.* OOM /) }; // prettier-ignore
    await expect(executor.submit(job('echo', { text: 'too much' }))).rejects.toMatchObject(refused);
    await client.config('SET', 'maxmemory', '0');
    expect((await cancelJobs(queue)).size).toBe(1);
    client.disconnect();
    await endAll();
  });

  it('submits a job again whose record in the broker was damaged, before and while it is waited for', async () => {
    if (!redis) return;
    const { worker, open, endAll, store } = await place();
    const { Redis } = await brokerModules();
    const client = new Redis(redis.url);
    const damage = (id: string) => client.hset(`bull:${queueName('spec', store)}:${id}`, 'data', '{cut of');
    const wanted = job('echo', { text: 'wanted' });
    const executor = await open();
    const id = await executor.submit(wanted);
    await damage(id);
    const other = await open();
    await other.submit(wanted);
    await damage(id);
    worker();
    expect(await textIn(await executor.result(id))).toBe('wanted');
    client.disconnect();
    await endAll();
  });

  it('says that a broker is not there, without the password', async () => {
    if (!redis) return;
    const { store } = await place();
    const broker = brokerAddress('redis://me:secret@127.0.0.1:1');
    const refused = QueueExecutor.open({ broker, store, program: 'spec', tell: () => undefined });
    await expect(refused).rejects.toMatchObject({
      code: 'queue/unreachable',
      message: 'The broker at 127.0.0.1:1 cannot be reached: ECONNREFUSED.',
      exitCode: 9,
    });
  });
});
