import { CheckpointError, printable } from '@polytag/core';
import { assertHasWeights, type ExternalBytes, type ModelFile } from './model-file.js';

/**
 * Fetches an ONNX file.
 *
 * @param address relative to the page
 * @throws CheckpointError `checkpoint/not-found`
 */
export async function readModelFile(address: string): Promise<ModelFile> {
  return { bytes: await fetchBytes(address), source: address };
}

/** Fetches the files beside an ONNX file that its weights are in. Errors as in Node. */
export async function readExternalFiles(
  { source }: ModelFile,
  needed: ExternalBytes,
): Promise<Map<string, Uint8Array>> {
  const folder = source.replace(/[^/]*$/, '');
  const files = new Map<string, Uint8Array>();
  for (const [name, least] of needed) {
    if (!/^[\w. -]+(\/[\w. -]+)*$/.test(name) || name.split('/').includes('..')) {
      throw new CheckpointError(
        'checkpoint/onnx-external',
        `${source} has weights in another file, "${printable(name, 200)}", which is not a path inside its folder.`,
        { hint: 'Keep that file in the folder of the ONNX file, or save the model with its weights inside.' },
      );
    }
    const bytes = await fetchBytes(folder + name);
    assertHasWeights(source, name, bytes.length, least);
    files.set(name, bytes);
  }
  return files;
}

/** In a page no runtime reads files itself. */
export async function checkExternalFiles(): Promise<void> {}

async function fetchBytes(address: string): Promise<Uint8Array> {
  const unreadable = (why: string, cause?: unknown) =>
    new CheckpointError('checkpoint/not-found', `${address} cannot be downloaded: ${why}.`, {
      hint: 'Check the URL, and that the server allows this page to read it (CORS).',
      cause,
    });
  const response = await fetch(address).catch((cause: unknown) => {
    throw unreadable(String(cause), cause);
  });
  if (!response.ok) throw unreadable(`status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
