import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { locateFolder, readFolder } from '@polytag/checkpoints';
import { CheckpointError, shellWord } from '@polytag/core';
import { readFileBytes } from '@polytag/files';
import { MAX_MODEL_BYTES } from '../file/model-file.js';
import { INFO, MODEL, type OnnxFolder } from './onnx-folder.js';

/** 50,000 labels take 5 MB; nested JSON of this size takes half a gigabyte. */
const MAX_JSON_BYTES = 2 ** 23;

/**
 * Reads a folder that `exportOnnx` wrote, and verifies its checksums where it has a manifest.
 *
 * @throws CheckpointError `checkpoint/not-found`, `checkpoint/missing-file`, `checkpoint/checksum`, `checkpoint/manifest`,
 *   `checkpoint/file-too-large`
 */
export async function readOnnxFolder(folder: string): Promise<OnnxFolder> {
  const place = (await locateFolder(folder)) ?? folder;
  const present = await readdir(place).catch((cause: NodeJS.ErrnoException) => {
    throw new CheckpointError(
      'checkpoint/not-found',
      cause.code === 'ENOTDIR'
        ? `${folder} is a file, not a folder.`
        : `The folder ${folder} was not found or cannot be read.`,
      {
        hint: `Give the folder that contains ${MODEL} and ${INFO}.`,
        cause,
      },
    );
  });
  const missing = [MODEL, INFO].find((name) => !present.includes(name));
  if (missing) {
    throw new CheckpointError('checkpoint/missing-file', `${folder} has no ${missing}.`, {
      hint: present.includes('model.safetensors')
        ? present.includes('onnx')
          ? `This is a folder for a model hub: give ${join(folder, 'onnx')}.`
          : `This is a model folder of training. Export it to ONNX: polytag-eval export --format onnx --model ${shellWord(folder)} --out FOLDER.`
        : `Give the folder written by polytag-eval export --format onnx: it contains ${MODEL} and ${INFO}.`,
    });
  }
  const maxBytes = (name: string) => (name === MODEL ? MAX_MODEL_BYTES : MAX_JSON_BYTES);
  const files = present.includes('manifest.json')
    ? await readFolder(folder, { only: [MODEL, INFO], maxBytes })
    : await readPlain(place, maxBytes);
  return {
    info: files.get(INFO)!,
    infoSource: join(folder, INFO),
    model: { bytes: files.get(MODEL)!, source: join(folder, MODEL), path: resolve(place, MODEL) },
  };
}

async function readPlain(
  folder: string,
  maxBytes: (name: string) => number,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of [MODEL, INFO]) {
    const options = { what: 'file', kind: 'checkpoint', maxBytes: maxBytes(name) } as const;
    files.set(name, await readFileBytes(join(folder, name), options));
  }
  return files;
}
