import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';

/** What a file's name tells of its writer: host, process, and which of its writings it is. */
export const OWNER = /(\w+)-(\d+)-[0-9a-f-]{36}/;

/** A leftover of another machine is taken for one after this time; one of this machine as soon as its process is gone. */
const FOREIGN_LEFTOVER_MS = 24 * 3600 * 1000;

const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '_');

/** A new name that no other writing has, on any machine. */
export const newOwner = (): string => `${host}-${process.pid}-${randomUUID()}`;

/** Whether this process wrote it. */
export function isOwn(owner: string): boolean {
  const [, writerHost, pid] = OWNER.exec(owner)!;
  return writerHost === host && Number(pid) === process.pid;
}

/** Whether the process that writes `path` has ended. */
export async function isGone(owner: string, path: string): Promise<boolean> {
  const [, writerHost, pid] = OWNER.exec(owner)!;
  if (writerHost === host) return !isAlive(Number(pid));
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
