import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/**
 * Folders beside `path` that a replacement passes through. `part`: being written, may be incomplete; `new`:
 * complete, about to take the place of `path`; `old`: what was at `path` before.
 */
export type Stage = 'part' | 'new' | 'old';

interface Sibling {
  readonly path: string;
  readonly stage: Stage;
  /** Who wrote it: host and process. */
  readonly owner: string;
}

/** A leftover of another machine is removed after this time; one of this machine as soon as its process is gone. */
const FOREIGN_LEFTOVER_MS = 24 * 3600 * 1000;

const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '_');
const own = new Set<string>();

/** A new name for the stages of one replacement. Call `release` when the replacement has ended. */
export function claim(path: string): { at: (stage: Stage) => string; release: () => void } {
  const tail = `${host}-${process.pid}-${randomUUID()}`;
  own.add(tail);
  return {
    at: (stage) => join(dirname(path), `.${basename(path)}.${stage}-${tail}`),
    release: () => own.delete(tail),
  };
}

/** The siblings of `path` that exist, of any owner. */
export async function siblings(path: string): Promise<Sibling[]> {
  const prefix = `.${basename(path)}.`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names.flatMap((name) => {
    const match =
      name.startsWith(prefix) && /^(part|new|old)-(\w+-\d+-[0-9a-f-]{36})$/.exec(name.slice(prefix.length));
    return match ? [{ path: join(dirname(path), name), stage: match[1] as Stage, owner: match[2] }] : [];
  });
}

/** Removes siblings whose writer is gone. */
export async function removeLeftovers(path: string): Promise<void> {
  for (const sibling of await siblings(path)) {
    if (await isLeftover(sibling)) await rm(sibling.path, { recursive: true, force: true });
  }
}

export async function isLeftover({ path, owner }: Sibling): Promise<boolean> {
  if (own.has(owner)) return false;
  const [, writerHost, pid] = /^(\w+)-(\d+)-/.exec(owner)!;
  if (writerHost === host) return Number(pid) === process.pid || !isAlive(Number(pid));
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > FOREIGN_LEFTOVER_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
