import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '@polytag/model';
import { tfjsFiles, type ExportTfjsOptions } from './tfjs-files.js';

/**
 * Exports a model to TensorFlow.js layers format: `model.json`, weight shards, `polytag.json`, and `manifest.json` with
 * checksums. In a page, import `@polytag/layers` and the package of the head to register their layers, then call
 * `tf.loadLayersModel('…/model.json')`.
 *
 * An existing folder is replaced atomically, but only if it is empty or a former export.
 *
 * @param model the model to export; it is not changed
 * @throws UsageError `usage/foreign-folder`, `usage/float16-range` if a weight is too large for float16; FileError
 * `file/…`
 */
export async function exportTfjs(
  model: MultiLabelModel,
  folder: string,
  { weights = 'float32' }: ExportTfjsOptions = {},
): Promise<void> {
  await writeFolder(folder, await tfjsFiles(model, { weights }));
}
