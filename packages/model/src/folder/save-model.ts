import { isAbsolute, relative, resolve, sep } from 'node:path';
import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '../multi-label-model.js';
import { assertReplacesModel } from './assert-replaces-model.js';
import { FILES } from './model-files.js';
import { filesOfModel, type FilesOfModelOptions } from './files-of-model.js';

export interface SaveModelOptions extends Pick<FilesOfModelOptions, 'card'> {
  /** What may be replaced: any folder that Polytag wrote, or only a model with the same weights. Default `any`. */
  readonly replace?: 'any' | 'same-weights';
}

/**
 * Saves a model folder atomically: config.json, preprocessor_config.json, model.safetensors (PyTorch order, float32),
 * README.md, manifest.json with checksums, and if the model has them thresholds.json, calibration.json and
 * training_images.json. A module of your own is copied with the files that it imports, as `head.mjs` or `backbone.mjs`.
 * If its imports cannot be followed (see `moduleCode`), its path relative to the folder is saved. A package is saved by
 * name.
 *
 * @throws those of `writeFolder`; UsageError `usage/foreign-folder` for another model, with `replace: 'same-weights'`
 * @example
 * await saveModel(model, 'models/pets', { card: '# Pets' });
 */
export async function saveModel(
  model: MultiLabelModel,
  folder: string,
  options: SaveModelOptions = {},
): Promise<void> {
  const files = await modelFiles(model, folder, options);
  if (options.replace === 'same-weights')
    await assertReplacesModel(folder, files[FILES.weights] as Uint8Array);
  await writeFolder(folder, files);
}

/** The files of a model folder by name. `folder` is their destination: module paths are relative to it. */
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
