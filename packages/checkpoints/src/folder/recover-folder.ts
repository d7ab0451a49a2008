import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import { foldersWithSiblings, isLeftover, removeLeftovers, siblings, type Stage } from './siblings.js';

/**
 * Where the content of a folder is: `path` itself, or, when a writer died between its two renames, the complete
 * new or old folder beside it. Undefined when there is neither.
 */
export async function locateFolder(path: string): Promise<string | undefined> {
  const target = resolve(path);
  if (existsSync(target)) return target;
  const beside = await siblings(target);
  const at = (stage: Stage) => beside.find((sibling) => sibling.stage === stage)?.path;
  return at('new') ?? at('old');
}

/**
 * Finishes what a dead writer began: puts the complete new folder (else the old one) in the place of a missing
 * `path`, and removes leftovers. A folder that a living process is writing is left alone.
 */
export async function recoverFolder(path: string): Promise<void> {
  const target = resolve(path);
  if (!existsSync(target)) {
    const beside = await siblings(target);
    for (const stage of ['new', 'old'] as const) {
      const found = beside.find((sibling) => sibling.stage === stage);
      if (!found || !(await isLeftover(found))) continue;
      await rename(found.path, target);
      break;
    }
  }
  await removeLeftovers(target);
}

/** The same for every folder in `parent`: what a writer that died left of any of them is put in place or removed. */
export async function recoverFolders(parent: string): Promise<void> {
  for (const folder of await foldersWithSiblings(resolve(parent))) await recoverFolder(folder);
}
