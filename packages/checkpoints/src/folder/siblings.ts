import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isGone, isOwn, newOwner } from '../files/owner.js';

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

const own = new Set<string>();

/** A new name for the stages of one replacement. Call `release` when the replacement has ended. */
export function claim(path: string): { at: (stage: Stage) => string; release: () => void } {
  const tail = newOwner();
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

/** Folders in `parent` that a replacement of some process was, or is, about to change. */
export async function foldersWithSiblings(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  const targets = names.flatMap(
    (name) => /^\.(.+)\.(?:part|new|old)-\w+-\d+-[0-9a-f-]{36}$/.exec(name)?.[1] ?? [],
  );
  return [...new Set(targets)].map((name) => join(parent, name));
}

/** Removes siblings whose writer is gone. */
export async function removeLeftovers(path: string): Promise<void> {
  for (const sibling of await siblings(path)) {
    if (await isLeftover(sibling)) await rm(sibling.path, { recursive: true, force: true });
  }
}

export async function isLeftover({ path, owner }: Sibling): Promise<boolean> {
  if (own.has(owner)) return false;
  return isOwn(owner) || isGone(owner, path);
}
