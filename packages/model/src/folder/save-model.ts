import { isAbsolute, relative, resolve, sep } from 'node:path';
import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '../multi-label-model.js';
import { filesOfModel, type FilesOfModelOptions } from './files-of-model.js';

export type SaveModelOptions = Pick<FilesOfModelOptions, 'card'>;

/**
 * Writes a model folder, as a whole: config.json, preprocessor_config.json, model.safetensors (PyTorch order,
 * float32), thresholds.json, calibration.json and training_images.json when the model has them, README.md, and manifest.json with checksums. A module of your
 * own is kept with the files that it imports, as `head.mjs` or `backbone.mjs`; where they cannot be followed (see
 * `moduleCode`), its path relative to the folder is written. A package is named.
 *
 * @throws those of `writeFolder`
 */
export async function saveModel(
  model: MultiLabelModel,
  folder: string,
  options: SaveModelOptions = {},
): Promise<void> {
  await writeFolder(folder, await modelFiles(model, folder, options));
}

/** The files of a model folder, by name. `folder` is where they will be: modules are named relative to it. */
export function modelFiles(
  model: MultiLabelModel,
  folder: string,
  { card }: SaveModelOptions = {},
): Promise<Record<string, Uint8Array | string>> {
  return filesOfModel(model, { card, moduleAt: (module) => pathFrom(resolve(folder), module) });
}

/** The path of a module relative to a folder; a package keeps its name. */
function pathFrom(folder: string, module: string): string {
  if (!isAbsolute(module)) return module;
  const path = relative(folder, module).split(sep).join('/');
  return /^\.\.?\//.test(path) || isAbsolute(path) ? path : `./${path}`;
}
