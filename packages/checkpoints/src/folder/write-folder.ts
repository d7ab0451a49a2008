import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PolytagError, UsageError } from '@polytag/core';
import { syncFolder, writeDurably } from '../files/durable-file.js';
import { errnoOf, fault } from '../files/fault.js';
import { isPlainName, MANIFEST, manifestOf, parseManifest } from './manifest.js';
import { recoverFolder } from './recover-folder.js';
import { claim } from './siblings.js';

/**
 * Replaces a folder as a whole. The files are written beside it, with a `manifest.json` of their SHA-256
 * checksums, and flushed to the disk; then the old folder is renamed aside, the new one into its place, and the
 * old one removed. At every moment a complete old or new folder exists: when the process dies between the two
 * renames, `readFolder` still finds it, and `recoverFolder` (or the next `writeFolder`) puts it in place.
 * Leftovers of writers that died are removed. Two processes must not write one folder at the same time.
 *
 * Files that the old folder's manifest lists are dropped; whatever else a person put there moves along. A folder
 * without a manifest is somebody else's and is refused unless it is empty.
 *
 * @param files by plain file name; texts are stored as UTF-8
 * @throws UsageError `usage/file-name`, `usage/foreign-folder`; CheckpointError `checkpoint/write-failed`
 */
export async function writeFolder(
  path: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  const target = resolve(path);
  const encoder = new TextEncoder();
  const contents = new Map(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? encoder.encode(content) : content,
    ]),
  );
  for (const name of contents.keys()) {
    if (!isPlainName(name) || name === MANIFEST) {
      throw new UsageError('usage/file-name', `"${name}" cannot be a file of a checkpoint folder.`, {
        hint: `Use plain file names other than ${MANIFEST}.`,
      });
    }
  }
  contents.set(MANIFEST, encoder.encode(`${JSON.stringify(manifestOf(contents), null, 2)}\n`));

  const stages = claim(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await recoverFolder(target);
    const foreign = await foreignFiles(target, path);
    await mkdir(stages.at('part'));
    for (const [name, bytes] of contents) await writeDurably(join(stages.at('part'), name), [bytes]);
    await syncFolder(stages.at('part'));
    await rename(stages.at('part'), stages.at('new'));
    const hadOld = await renameIfPresent(target, stages.at('old'));
    try {
      await rename(stages.at('new'), target);
    } catch (error) {
      if (hadOld) await rename(stages.at('old'), target);
      throw error;
    }
    await syncFolder(dirname(target));
    if (!hadOld) return;
    for (const name of foreign.filter((name) => !contents.has(name))) {
      await rename(join(stages.at('old'), name), join(target, name));
    }
    await rm(stages.at('old'), { recursive: true, force: true });
  } catch (error) {
    for (const stage of ['part', 'new'] as const)
      await rm(stages.at(stage), { recursive: true, force: true });
    throw error instanceof PolytagError ? error : fault('write', path, error);
  } finally {
    stages.release();
  }
}

/** Names in an existing folder that Polytag did not write. */
async function foreignFiles(folder: string, path: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  if (names.length === 0) return [];
  if (!names.includes(MANIFEST)) {
    throw new UsageError(
      'usage/foreign-folder',
      `${path} exists, and Polytag did not write it: it has no ${MANIFEST}.`,
      {
        hint: 'Choose another folder, or empty this one.',
      },
    );
  }
  const manifest = parseManifest(await readFile(join(folder, MANIFEST), 'utf8'), join(folder, MANIFEST));
  return names.filter((name) => name !== MANIFEST && !Object.hasOwn(manifest.files, name));
}

async function renameIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
