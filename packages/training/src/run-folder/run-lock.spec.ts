import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { lockRun } from './run-lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lockOf = (host: string, pid: number) =>
  writeFile(join(folder, 'run.lock'), JSON.stringify({ host, pid, since: '2026-01-01T00:00:00Z' }));
const LOCKED = expect.objectContaining({ code: 'usage/run-locked' });

/** The number of a process that has just ended. */
const deadProcess = () => spawnSync(process.execPath, ['-e', '']).pid;

it('lets one in at a time, and the next after it', async () => {
  const unlock = await lockRun(folder);
  await expect(lockRun(folder)).rejects.toEqual(LOCKED);
  await unlock();
  await (
    await lockRun(folder)
  )();
  expect(await readdir(folder)).toEqual([]);
});

it('takes over from a dead process, and from an earlier one with its own number', async () => {
  for (const pid of [deadProcess(), process.pid]) {
    await lockOf(hostname(), pid);
    await (
      await lockRun(folder)
    )();
    expect(await readdir(folder)).toEqual([]);
  }
});

it('respects a living process and those of another machine', async () => {
  await lockOf(hostname(), process.ppid);
  await expect(lockRun(folder)).rejects.toEqual(LOCKED);
  await lockOf('elsewhere', deadProcess());
  await expect(lockRun(folder)).rejects.toEqual(LOCKED);
});

it('lets one of many in', async () => {
  await lockOf(hostname(), deadProcess());
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('removes what a process that died left aside, and nothing else', async () => {
  const dead = JSON.stringify({ host: hostname(), pid: deadProcess(), since: '', token: 'a' });
  const living = JSON.stringify({ host: hostname(), pid: process.ppid, since: '', token: 'b' });
  await writeFile(join(folder, 'run.lock.a.new'), dead);
  await writeFile(join(folder, 'run.lock.b.new'), living);
  await writeFile(join(folder, '.metrics.jsonl.c.tmp'), '{"epo');
  await writeFile(join(folder, 'notes.txt'), 'mine');
  const unlock = await lockRun(folder);
  expect((await readdir(folder)).sort()).toEqual(['notes.txt', 'run.lock', 'run.lock.b.new']);
  await unlock();
});
