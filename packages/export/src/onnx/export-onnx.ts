import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '@polytag/model';
import type { CheckedOnnx } from './check-onnx.js';
import { onnxFiles, type ExportOnnxOptions } from './onnx-files.js';

/**
 * Exports a model to ONNX: `model.onnx`, `polytag.json`, and `manifest.json` with checksums. An existing folder is
 * replaced atomically, but only if it is empty or a former export. If the check fails, nothing is written.
 *
 * @param model the model to export; it is not changed
 * @returns result of the check; undefined without a runtime
 * @throws those of `onnxFiles`; UsageError `usage/foreign-folder`; FileError `file/…`
 * @example
 * import * as runtime from 'onnxruntime-node';
 * const checked = await exportOnnx(model, 'onnx', { runtime }); // compares the file with the model
 */
export async function exportOnnx(
  model: MultiLabelModel,
  folder: string,
  options: ExportOnnxOptions = {},
): Promise<CheckedOnnx | undefined> {
  const { files, checked } = await onnxFiles(model, options);
  await writeFolder(folder, files);
  return checked;
}
