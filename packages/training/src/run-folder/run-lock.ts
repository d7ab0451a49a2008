import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '@polytag/core';
import * as z from 'zod';
import { readRunFile } from './read-run-file.js';

const NAME = 'run.lock';

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly since: string;
  /** Tells this lock from one that an earlier process of the same number left. */
  readonly token: string;
}

const ownerSchema = z.object({
  host: z.string(),
  pid: z.int().positive(),
  since: z.string().default('an unknown time'),
  token: z.string().default(''),
});

/** Tokens of the locks that this process holds or tries to get. */
const held = new Set<string>();

/**
 * Locks a run folder for this process until the returned function is called. A lock of a dead process on this machine
 * is taken over. The folder is created if missing, and removed if it is empty in the end.
 *
 * @throws UsageError `usage/run-locked` if a living process, or one on another machine, holds the lock
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const made = await mkdir(resolve(folder), { recursive: true });
  const path = join(resolve(folder), NAME);
  const token = randomUUID();
  const owner: Owner = { host: hostname(), pid: process.pid, since: new Date().toISOString(), token };
  const unlock = async () => {
    held.delete(token);
    await rm(path, { force: true });
    if (made !== undefined) await removeEmpty(dirname(path), made);
  };
  held.add(token);
  try {
    if (!(await create(path, owner))) {
      await removeDead(path, `${path}.${token}`);
      if (!(await create(path, owner))) throw locked(folder, path, await readOwner(path));
    }
  } catch (error) {
    held.delete(token);
    throw error;
  }
  try {
    await removeLeftovers(dirname(path));
  } catch (error) {
    await unlock();
    throw error;
  }
  return unlock;
}

/** Removes a folder that holds nothing, and those above it that were made with it, `top` being the first. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let empty = folder; ; empty = dirname(empty)) {
    try {
      await rmdir(empty);
    } catch {
      // It holds something.
      return;
    }
    if (empty === top) return;
  }
}

/** What processes that died left aside. The holder of the lock is the only writer; others may be trying to lock. */
async function removeLeftovers(folder: string): Promise<void> {
  const isLeft = async (name: string) => {
    if (name.startsWith('.') && name.endsWith('.tmp')) return true;
    if (!name.startsWith(`${NAME}.`)) return false;
    const owner = await readOwner(join(folder, name));
    return owner !== undefined && isDead(owner);
  };
  for (const name of await readdir(folder)) {
    if (await isLeft(name)) await rm(join(folder, name), { force: true });
  }
}

/** Written aside and linked into place: a process that dies in between leaves no lock without an owner. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const aside = `${path}.${owner.token}.new`;
  const content = JSON.stringify(owner);
  try {
    await writeFile(aside, content);
    return await nameUnlessTaken(path, aside, content);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Whether this process has given the lock its name: of several that try, one does. */
async function nameUnlessTaken(path: string, aside: string, content: string): Promise<boolean> {
  try {
    await link(aside, path).catch((error: unknown) => {
      // A file system without links; there a lock may stay behind empty.
      if (['EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error)))
        return writeFile(path, content, { flag: 'wx' });
      throw error;
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/**
 * Takes a dead process's lock away. It is moved aside before it is looked at, so that of two processes that find
 * it only one does so; a living one's is put back.
 */
async function removeDead(path: string, aside: string): Promise<void> {
  const seen = await readOwner(path);
  if (!seen || !isDead(seen)) return;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readOwner(aside);
  if (moved && isDead(moved)) await rm(aside, { force: true });
  else await rename(aside, path);
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse((await readRunFile(path, 'lock'))!));
  } catch {
    return undefined;
  }
}

function isDead({ host, pid, token }: Owner): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return !held.has(token);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function locked(folder: string, path: string, owner: Owner | undefined): UsageError {
  const who = owner ? `process ${owner.pid} on ${owner.host} (since ${owner.since})` : 'an unknown process';
  return new UsageError('usage/run-locked', `Another process is writing the run in ${folder}: ${who}.`, {
    hint: `Wait until it ends, or use another folder. If that process no longer exists, delete ${path}.`,
  });
}
