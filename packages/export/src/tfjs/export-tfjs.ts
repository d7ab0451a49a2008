import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '@polytag/model';
import { tfjsFiles, type ExportTfjsOptions } from './tfjs-files.js';

/**
 * Writes a model in TensorFlow.js layers format: `model.json`, weight shards, `polytag.json`, and
 * `manifest.json` with checksums. A page loads it with `tf.loadLayersModel('…/model.json')` after importing
 * `@polytag/layers` and the package of its head, which register the layer classes.
 *
 * The folder is replaced as a whole, and only when it is absent, empty or a former export.
 *
 * @param model the model to write; it is not changed
 * @throws UsageError `usage/foreign-folder`, `usage/float16-range` when a weight is beyond what float16 holds;
 *   FileError `file/…`
 */
export async function exportTfjs(
  model: MultiLabelModel,
  folder: string,
  { weights = 'float32' }: ExportTfjsOptions = {},
): Promise<void> {
  await writeFolder(folder, await tfjsFiles(model, { weights }));
}
