import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InterruptedError } from '@polytag/core';
import { syncFolder, writeFileAtomically } from '@polytag/files';
import type { Store } from './store.js';

/** One go at a job. Its folder is named by its token: who renames the folder takes the job over. */
export interface Attempt {
  readonly id: string;
  readonly token: string;
  readonly folder: string;
}

const TOKEN_FILE = 'attempt.json';

/**
 * Begins an attempt at a job, or takes over what another has done so far. That one, should it still be alive, has no folder
 * any more: what it writes fails, and it cannot publish.
 */
export async function beginAttempt(store: Store, id: string): Promise<Attempt> {
  const parent = join(store.jobFolder(id), 'attempts');
  await mkdir(parent, { recursive: true });
  const token = randomUUID();
  const folder = join(parent, token);
  const before = await byAge(parent);
  for (const [i, name] of before.entries()) {
    if (i > 0) await rm(join(parent, name), { recursive: true, force: true });
    else await rename(join(parent, name), folder).catch(ignoreMissing);
  }
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, TOKEN_FILE), `${JSON.stringify({ token })}\n`);
  return { id, token, folder };
}

/** The latest first. */
async function byAge(parent: string): Promise<string[]> {
  const names = await readdir(parent);
  const times = await Promise.all(
    names.map(
      async (name) => (await stat(join(parent, name, TOKEN_FILE)).catch(() => undefined))?.mtimeMs ?? 0,
    ),
  );
  return names
    .map((name, i) => ({ name, time: times[i] }))
    .sort((a, b) => b.time - a.time)
    .map(({ name }) => name);
}

/**
 * Makes what an attempt has done the job's result, in one step: a result is there whole or not at all, and once. An attempt
 * that comes second is cleared away: the first has the same.
 *
 * @throws InterruptedError `queue/fenced` for an attempt that another has replaced
 */
export async function publish(store: Store, { id, token, folder }: Attempt): Promise<void> {
  const text = await readFile(join(folder, TOKEN_FILE), 'utf8').catch(() => '');
  if (!text.includes(token)) {
    if (store.isPublished(id)) return;
    throw new InterruptedError('queue/fenced', `Another attempt at ${id} has taken over.`);
  }
  const result = store.resultFolder(id);
  try {
    await rename(folder, result);
    await syncFolder(store.jobFolder(id));
  } catch (error) {
    if (!existsSync(result)) throw error;
  }
  // Whatever is left is of attempts that were too late.
  await rm(join(store.jobFolder(id), 'attempts'), { recursive: true, force: true }).catch(() => undefined);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

const cancelFile = (store: Store, id: string): string => join(store.jobFolder(id), 'cancelled');

/** Asks whoever works at a job to stop; a job that nobody works at is not begun. */
export async function markCancelled(store: Store, id: string): Promise<void> {
  await mkdir(store.jobFolder(id), { recursive: true });
  await writeFileAtomically(cancelFile(store, id), '');
}

export const isCancelled = (store: Store, id: string): boolean => existsSync(cancelFile(store, id));

export const unmarkCancelled = (store: Store, id: string): Promise<void> =>
  rm(cancelFile(store, id), { force: true });
