import { CheckpointError } from '@polytag/core';
import type { MultiLabelModel } from '../multi-label-model.js';
import type { LoadModelOptions } from './saved-part.js';
import { modelFromFiles, OPTIONAL, REQUIRED } from './model-from-files.js';

/**
 * `loadModel` for browsers: fetches a model folder written by `saveModel`. Checksums are not verified; names, shapes
 * and sizes of the weights are.
 *
 * @param folder URL, relative to the page
 * @throws CheckpointError as `modelFromFiles`, `checkpoint/not-found` if the folder does not exist,
 * `checkpoint/manifest` and `checkpoint/missing-file`
 */
export async function loadModel(folder: string, options: LoadModelOptions = {}): Promise<MultiLabelModel> {
  const listed = await fetchFile(folder, 'manifest.json');
  const present = listed && namesIn(listed, folder);
  const names = [...REQUIRED, ...OPTIONAL.filter((name) => present?.includes(name) ?? true)];
  const files = new Map<string, Uint8Array>();
  await Promise.all(
    names.map(async (name) => {
      const bytes = await fetchFile(folder, name);
      if (bytes) files.set(name, bytes);
    }),
  );
  const missing = REQUIRED.find((name) => !files.has(name));
  if (missing) {
    throw new CheckpointError('checkpoint/missing-file', `${folder} has no ${missing}.`, {
      hint: 'Give the URL of the folder that contains config.json and model.safetensors.',
    });
  }
  return modelFromFiles(files, folder, options);
}

function namesIn(manifest: Uint8Array, folder: string): readonly string[] {
  try {
    return Object.keys((JSON.parse(new TextDecoder().decode(manifest)) as { files: object }).files);
  } catch (cause) {
    throw new CheckpointError('checkpoint/manifest', `${folder}/manifest.json is not a valid manifest.`, {
      hint: 'Check the URL; the folder on the server may also be damaged.',
      cause,
    });
  }
}

/** The bytes of a file, or undefined when the server does not have it. */
async function fetchFile(folder: string, name: string): Promise<Uint8Array | undefined> {
  const address = `${folder.replace(/\/$/, '')}/${name}`;
  const unreadable = (why: string, cause?: unknown) =>
    new CheckpointError('checkpoint/not-found', `${address} cannot be downloaded: ${why}.`, { cause });
  const response = await fetch(address).catch((cause: unknown) => {
    throw unreadable(String(cause), cause);
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw unreadable(`status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
