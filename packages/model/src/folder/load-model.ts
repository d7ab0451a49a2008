import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locateFolder, readFolder, SafetensorsFile } from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { readFileBytes } from '@polytag/files';
import type { MultiLabelModel } from '../multi-label-model.js';
import { MAX_CODE_BYTES, MAX_CODE_FILES } from '../config/module-code.js';
import { FILES, isCode } from './model-files.js';
import type { LoadModelOptions } from './saved-part.js';
import { modelFromFiles, OPTIONAL, REQUIRED } from './model-from-files.js';

/**
 * Loads a model folder written by `saveModel`, and verifies its checksums. Every weight must be there and have the
 * right shape. A folder without manifest.json (e.g. assembled by hand) is read without checksums.
 *
 * @throws CheckpointError `checkpoint/not-found`, `checkpoint/checksum`, `checkpoint/missing-file`,
 * `checkpoint/config`, `checkpoint/module-not-allowed`, `checkpoint/module-outside`, `checkpoint/part`,
 * `checkpoint/shape-mismatch`, `checkpoint/missing-key`, `checkpoint/unexpected-key`, `checkpoint/values`,
 * `checkpoint/too-many-files`, and those of `parseSafetensors`
 * @example
 * await useEngine('wasm');
 * const model = await loadModel('runs/first/best');
 * console.log(await model.predict('photo.jpg')); // [{ label: 'dog', score: 0.93 }, …]
 */
export async function loadModel(folder: string, options: LoadModelOptions = {}): Promise<MultiLabelModel> {
  return modelFromFiles(await readModelFiles(folder), folder, options);
}

/** 50,000 labels take 5 MB; nested JSON of this size takes half a gigabyte. */
const MAX_JSON_BYTES = 2 ** 23;
/** The largest network that a config can name has 1.2 GB of weights. */
const MAX_WEIGHTS_BYTES = 2 ** 31;

function maxBytes(name: string): number {
  if (isCode(name)) return MAX_CODE_BYTES;
  return name === FILES.onnx || name.endsWith('.safetensors') ? MAX_WEIGHTS_BYTES : MAX_JSON_BYTES;
}

/** A file of weights that is larger than its tensors is refused by its header. */
async function look(name: string, path: string): Promise<void> {
  if (name === FILES.weights) await (await SafetensorsFile.open(path)).close();
}

async function readModelFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const place = (await locateFolder(folder)) ?? folder;
  const present = await readdir(place).catch((cause) => {
    throw new CheckpointError(
      'checkpoint/not-found',
      `The folder ${folder} was not found or cannot be read.`,
      {
        hint: 'Give the folder that has config.json and model.safetensors.',
        cause,
      },
    );
  });
  const only = [...REQUIRED, ...present.filter((name) => OPTIONAL.includes(name))];
  if (present.includes('manifest.json') && present.includes(FILES.config)) {
    // Code is read for its checksum alone: what runs is the file.
    const code = present.filter(isCode);
    if (code.length > 2 * MAX_CODE_FILES) {
      throw new CheckpointError(
        'checkpoint/too-many-files',
        `${folder} has ${code.length} code files; the limit is ${2 * MAX_CODE_FILES}.`,
        { hint: 'Polytag did not write them: check what they are, and remove them.' },
      );
    }
    return readFolder(folder, { only: [...only, ...code], maxBytes, look });
  }
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
        await look(name, path);
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
  if (present.includes('model.onnx'))
    return 'This is an exported model: predict, score, compare, serve and benchmark with --engine onnx run it, in a program loadOnnx of @polytag/onnx-runtime. Everything else needs the model folder that it was exported from.';
  if (present.includes('model.json'))
    return 'This is a TensorFlow.js export: a web page loads it with loadLayersModel of TensorFlow.js. Everything else needs the model folder that it was exported from.';
  for (const name of ['best', ...present]) {
    const inside = present.includes(name) ? await readdir(join(place, name)).catch(() => []) : [];
    if (inside.includes(FILES.config) && inside.includes(FILES.weights))
      return `The model is in ${join(folder, name)}.`;
  }
  return 'Give the folder that contains config.json and model.safetensors, e.g. runs/first/best.';
}
