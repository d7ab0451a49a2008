import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { foreignFiles } from './foreign-files.js';
import { MANIFEST, parseManifest, readManifestText } from './manifest.js';
import { foldersWithSiblings, isLeftover, removeLeftovers, siblings, type Stage } from './siblings.js';

/**
 * Finds the valid content of a folder: `path` itself, or if a writer died between its two renames, the complete new or
 * old folder beside it. Undefined if there is neither.
 */
export async function locateFolder(path: string): Promise<string | undefined> {
  const target = resolve(path);
  if (existsSync(target)) return target;
  const beside = await siblings(target);
  const at = (stage: Stage) => beside.find((sibling) => sibling.stage === stage)?.path;
  return at('new') ?? at('old');
}

/**
 * Finishes an interrupted replacement: moves the complete new folder (else the old one) to `path`, keeps files that a
 * person had added to the old one, and removes leftovers. A folder that a living process is writing is not touched.
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
  for (const sibling of await siblings(target))
    if (sibling.stage === 'old' && (await isLeftover(sibling))) await takeAlong(sibling.path, target);
  await removeLeftovers(target);
}

/** Moves what the manifest of the old folder does not list, unless the new one has something of that name. */
async function takeAlong(old: string, target: string): Promise<void> {
  if (!existsSync(target)) return;
  let listed: ReturnType<typeof parseManifest>;
  try {
    listed = parseManifest(await readManifestText(join(old, MANIFEST)), old);
  } catch {
    // It is being removed already: its list goes with it.
    return;
  }
  for (const name of await foreignFiles(old, new Set(Object.keys(listed.files)))) {
    if (existsSync(join(target, name))) continue;
    await mkdir(dirname(join(target, name)), { recursive: true });
    await rename(join(old, name), join(target, name));
  }
}

/** Finishes or removes the interrupted replacements of all folders in `parent`. */
export async function recoverFolders(parent: string): Promise<void> {
  for (const folder of await foldersWithSiblings(resolve(parent))) await recoverFolder(folder);
}
