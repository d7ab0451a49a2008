import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locateFolder, readFolder } from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { readFileBytes } from '@polytag/files';
import type { MultiLabelModel } from '../multi-label-model.js';
import { FILES, isCode } from './model-files.js';
import { modelFromFiles, OPTIONAL, REQUIRED, type LoadModelOptions } from './model-from-files.js';

/**
 * Reads a model folder that `saveModel` wrote, verifying checksums, and rebuilds the model. Every weight must be
 * there and fit. A folder without manifest.json (e.g. one assembled by hand) is read without checksums.
 *
 * @throws CheckpointError `checkpoint/not-found`, `checkpoint/checksum`, `checkpoint/missing-file`,
 * `checkpoint/config`, `checkpoint/module-not-allowed`, `checkpoint/module-outside`, `checkpoint/part`, `checkpoint/shape-mismatch`, `checkpoint/missing-key`,
 * `checkpoint/unexpected-key`, and those of `parseSafetensors`
 */
export async function loadModel(folder: string, options: LoadModelOptions = {}): Promise<MultiLabelModel> {
  return modelFromFiles(await readModelFiles(folder), folder, options);
}

/** Weights are as large as they are; what is read as a text has its limit. */
const maxBytes = (name: string): number => (name.endsWith('.safetensors') ? 2 ** 32 : 2 ** 24);

async function readModelFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const place = (await locateFolder(folder)) ?? folder;
  const present = await readdir(place).catch((cause) => {
    throw new CheckpointError('checkpoint/not-found', `${folder} is not a folder that can be read.`, {
      hint: 'Give the folder that holds config.json and model.safetensors.',
      cause,
    });
  });
  const only = [...REQUIRED, ...present.filter((name) => OPTIONAL.includes(name) || isCode(name))];
  if (present.includes('manifest.json') && present.includes(FILES.config))
    return readFolder(folder, { only, maxBytes });
  const missing = only.find((name) => !present.includes(name));
  if (missing) {
    throw new CheckpointError('checkpoint/missing-file', `${folder} has no ${missing}.`, {
      hint: await modelInside(place, folder, present),
    });
  }
  return new Map(
    await Promise.all(
      only.map(async (name) => {
        const path = join(place, name);
        return [
          name,
          await readFileBytes(path, { what: 'file', kind: 'checkpoint', maxBytes: maxBytes(name) }),
        ] as const;
      }),
    ),
  );
}

/** A run folder keeps its model in `best/`. */
async function modelInside(place: string, folder: string, present: readonly string[]): Promise<string> {
  for (const name of ['best', ...present]) {
    const inside = present.includes(name) ? await readdir(join(place, name)).catch(() => []) : [];
    if (inside.includes(FILES.config) && inside.includes(FILES.weights))
      return `The model is in ${join(folder, name)}.`;
  }
  return 'Give the folder that holds config.json and model.safetensors, e.g. runs/first/best.';
}
