import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '@polytag/core';
import { readFileBytes } from '@polytag/files';
import { readFault } from '../files/fault.js';
import { MANIFEST, parseManifest, readManifestText, verify } from './manifest.js';
import { locateFolder } from './recover-folder.js';

/** A reader that meets a writer starts again; a folder replaced more often than this within one reading is odd. */
const ATTEMPTS = 10;

const MAX_ARRAY_BYTES = 2 ** 32;

export interface ReadFolderOptions {
  readonly only?: readonly string[];
  readonly maxBytes?: (name: string) => number;
  readonly look?: (name: string, path: string) => Promise<void>;
}

/**
 * Reads the files listed in a folder's `manifest.json` and verifies their checksums. Other files are ignored.
 *
 * @param options.only names of the files to read; default: all
 * @param options.maxBytes maximum size of a file; default: the size of the largest array
 * @param options.look checks a file before it is read, and may throw
 * @throws CheckpointError `checkpoint/not-found`, `checkpoint/manifest`, `checkpoint/missing-file`,
 * `checkpoint/checksum`, each naming the file
 */
export async function readFolder(
  path: string,
  options: ReadFolderOptions = {},
): Promise<Map<string, Uint8Array>> {
  for (let attempt = 1; ; attempt++) {
    const folder = (await locateFolder(path)) ?? path;
    const before = await identity(folder);
    try {
      return await readListed(folder, await readManifest(folder), options);
    } catch (error) {
      // The folder may have been replaced while it was read: then another one is in its place now.
      const now = await identity((await locateFolder(path)) ?? path);
      if (now === before || attempt === ATTEMPTS) throw error;
    }
  }
}

async function readManifest(folder: string): Promise<string> {
  const path = join(folder, MANIFEST);
  try {
    return await readManifestText(path);
  } catch (error) {
    const missing = error instanceof CheckpointError && error.code === 'checkpoint/file-missing';
    if (!missing && error instanceof CheckpointError) throw error;
    if (missing && (await isFolder(folder))) {
      throw new CheckpointError('checkpoint/manifest', `${folder} has no ${MANIFEST}.`, {
        hint: 'This is not a checkpoint folder, or the copy is incomplete.',
      });
    }
    throw missing ? readFault(folder, error.cause) : error;
  }
}

async function readListed(
  folder: string,
  manifestText: string,
  { only, maxBytes = () => MAX_ARRAY_BYTES, look }: ReadFolderOptions,
): Promise<Map<string, Uint8Array>> {
  const manifest = parseManifest(manifestText, join(folder, MANIFEST));
  const files = new Map<string, Uint8Array>();
  for (const name of only ?? Object.keys(manifest.files)) {
    const path = join(folder, name);
    if (!Object.hasOwn(manifest.files, name)) {
      throw new CheckpointError(
        'checkpoint/missing-file',
        `${folder}: "${name}" is not listed in ${MANIFEST}.`,
        {
          hint: 'If the file exists, it was added later: remove it, or restore the folder from a copy.',
        },
      );
    }
    let bytes: Uint8Array;
    try {
      await look?.(name, path);
      bytes = await readFileBytes(path, { what: 'file', kind: 'checkpoint', maxBytes: maxBytes(name) });
    } catch (error) {
      if (!(error instanceof CheckpointError) || !/\/(file-missing|not-found)$/.test(error.code)) throw error;
      throw new CheckpointError(
        'checkpoint/missing-file',
        `${path} is listed in ${MANIFEST} but was not found.`,
        {
          hint: 'Restore the folder from a copy.',
          cause: error,
        },
      );
    }
    verify(manifest, name, bytes, path);
    files.set(name, bytes);
  }
  return files;
}

/** Tells a folder from the one that replaces it, also when both have the same content. Empty: there is none. */
async function identity(folder: string): Promise<string> {
  return stat(folder).then(
    ({ ino, ctimeMs }) => `${folder} ${ino} ${ctimeMs}`,
    () => '',
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
