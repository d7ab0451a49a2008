import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '@polytag/core';
import { fileErrorFrom, syncFolder, writeDurably } from '@polytag/files';
import { foldersOf, foreignFiles } from './foreign-files.js';
import { errnoOf } from '../files/fault.js';
import { isPathWithin, MANIFEST, manifestOf, parseManifest, readManifestText } from './manifest.js';
import { recoverFolder } from './recover-folder.js';
import { claim } from './siblings.js';

/**
 * Replaces a folder atomically. The files are written beside it, with a `manifest.json` of their SHA-256 checksums, and
 * flushed to disk. Then the old folder is renamed, the new one takes its place, and the old one is removed. A complete
 * old or new folder exists at every moment: if the process dies between the two renames, `readFolder` still finds it,
 * and `recoverFolder` (or the next `writeFolder`) puts it in place. After an error nothing has changed. Two processes
 * must not write one folder at the same time.
 *
 * Files in the old folder's manifest are removed; other files that a person added are kept. A folder without a manifest
 * is refused unless it is empty.
 *
 * @param files files by name, or by a path such as `web/model.json`; texts are stored as UTF-8
 * @throws UsageError `usage/file-name`, `usage/foreign-folder`; FileError `file/…`
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
    if (!isPathWithin(name) || name === MANIFEST) {
      throw new UsageError(
        'usage/file-name',
        `"${name}" cannot be the name of a file in a checkpoint folder.`,
        {
          hint: `Use a name other than ${MANIFEST}, or a relative path such as web/model.json.`,
        },
      );
    }
  }
  contents.set(MANIFEST, encoder.encode(`${JSON.stringify(manifestOf(contents), null, 2)}\n`));

  const stages = claim(target);
  const [part, next, old] = (['part', 'new', 'old'] as const).map(stages.at);
  // What is removed after a fault: never the old folder while nothing is in its place.
  const leftovers = [part, next];
  try {
    await mkdir(dirname(target), { recursive: true });
    await recoverFolder(target);
    const foreign = await foreignIn(target, path, contents.keys());
    await mkdir(part);
    const folders = [...new Set([...contents.keys()].flatMap(foldersOf))];
    for (const name of folders) await mkdir(join(part, name), { recursive: true });
    for (const [name, bytes] of contents) await writeDurably(join(part, name), [bytes]);
    for (const name of folders) await syncFolder(join(part, name));
    await syncFolder(part);
    await rename(part, next);
    const kept = foreign.filter((name) => !contents.has(name));
    const hadOld = await swap(target, { next, old, kept });
    leftovers.push(old);
    await syncFolder(dirname(target));
    if (hadOld) await rm(old, { recursive: true, force: true });
  } catch (error) {
    for (const folder of leftovers) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw fileErrorFrom(error) ?? error;
  } finally {
    stages.release();
  }
}

/**
 * Throws if {@link writeFolder} would refuse a folder. Call it before long work.
 *
 * @throws UsageError `usage/foreign-folder`; FileError `file/…`
 */
export async function assertReplaceable(path: string): Promise<void> {
  try {
    await foreignIn(resolve(path), path, []);
  } catch (error) {
    throw fileErrorFrom(error) ?? error;
  }
}

/**
 * The checksum by which a folder that Polytag wrote knows a file.
 *
 * @returns `none` if the folder has no such file; undefined if there is no such folder
 * @throws CheckpointError `checkpoint/manifest`
 */
export async function heldChecksum(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return undefined;
  return parseManifest(await readManifestText(path), path).files[name]?.sha256 ?? 'none';
}

interface Swap {
  readonly next: string;
  readonly old: string;
  /** Paths that move along from the old folder. */
  readonly kept: readonly string[];
}

/**
 * Puts the new folder in the place of the old one; after a fault the old one is back, with all that was in it.
 *
 * @returns whether there was an old one
 */
async function swap(target: string, { next, old, kept }: Swap): Promise<boolean> {
  const back: (() => Promise<void>)[] = [];
  const move = async (from: string, to: string) => {
    await rename(from, to);
    back.unshift(() => rename(to, from));
  };
  try {
    const hadOld = await renameIfPresent(target, old);
    if (hadOld) back.unshift(() => rename(old, target));
    await move(next, target);
    if (hadOld)
      for (const name of kept) {
        await mkdir(dirname(join(target, name)), { recursive: true });
        await move(join(old, name), join(target, name));
      }
    return hadOld;
  } catch (error) {
    for (const undo of back) await undo();
    throw error;
  }
}

/** Paths in an existing folder that Polytag did not write. */
async function foreignIn(folder: string, path: string, next: Iterable<string>): Promise<string[]> {
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
      `${path} already exists and was not written by Polytag: it has no ${MANIFEST}.`,
      {
        hint: 'Choose another folder, or empty this one.',
      },
    );
  }
  const manifest = parseManifest(await readManifestText(join(folder, MANIFEST)), join(folder, MANIFEST));
  return foreignFiles(folder, new Set(Object.keys(manifest.files)), next);
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
