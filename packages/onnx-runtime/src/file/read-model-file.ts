import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { CheckpointError, printable } from '@polytag/core';
import { openRegularFile, readFileBytes } from '@polytag/files';
import { assertHasWeights, MAX_MODEL_BYTES, type ExternalBytes, type ModelFile } from './model-file.js';

/**
 * Reads an ONNX file.
 *
 * @throws CheckpointError `checkpoint/file-missing`, `checkpoint/not-a-file`, `checkpoint/file-too-large`, `checkpoint/file-unreadable`
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readFileBytes(path, {
    what: 'ONNX file',
    kind: 'checkpoint',
    maxBytes: MAX_MODEL_BYTES,
  });
  return { bytes, source: path, path: resolve(path) };
}

/**
 * Reads the files beside an ONNX file that its weights are in.
 *
 * @param needed of `readOnnxFile`
 * @throws CheckpointError `checkpoint/onnx-external` for a path that leaves the folder, also by a link, and for a file that
 *   is too short; the errors of {@link readModelFile}
 */
export async function readExternalFiles(
  { path, source }: ModelFile,
  needed: ExternalBytes,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const options = { what: 'weight file', kind: 'checkpoint', maxBytes: MAX_MODEL_BYTES } as const;
  for (const [name, least] of needed) {
    const bytes = await readFileBytes(await externalPath(path, source, name), options);
    assertHasWeights(source, name, bytes.length, least);
    files.set(name, bytes);
  }
  return files;
}

/** Looks at the same files as {@link readExternalFiles}, for a runtime that reads them itself. The same errors. */
export async function checkExternalFiles({ path, source }: ModelFile, needed: ExternalBytes): Promise<void> {
  for (const [name, least] of needed) {
    const found = await externalPath(path, source, name);
    const { handle, size } = await openRegularFile(found, { what: 'weight file', kind: 'checkpoint' });
    await handle.close();
    assertHasWeights(source, name, size, least);
  }
}

async function externalPath(model: string | undefined, source: string, name: string): Promise<string> {
  const refuse = (problem: string) =>
    new CheckpointError(
      'checkpoint/onnx-external',
      `${source} has weights in another file, "${printable(name, 200)}", ${problem}.`,
      { hint: 'Keep that file in the folder of the ONNX file, or save the model with its weights inside.' },
    );
  if (model === undefined) throw refuse('but a model in memory has no folder');
  const folder = dirname(model);
  if (name === '' || name.includes('\0') || isAbsolute(name) || /^[a-z]:|\\/i.test(name) || leaves(name))
    throw refuse('which is not a path inside its folder');
  const path = join(folder, name);
  // A file that is missing is told when it is opened.
  const [real, realFolder] = await Promise.all([realpath(path).catch(() => path), realpath(folder)]);
  if (real !== path && leaves(relative(realFolder, real)))
    throw refuse('which is a link to a place outside its folder');
  return path;
}

const leaves = (path: string): boolean =>
  isAbsolute(path) || path.split(sep).includes('..') || path.split('/').includes('..');
