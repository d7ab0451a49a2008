import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '@polytag/model';
import type { CheckedOnnx } from './check-onnx.js';
import { onnxFiles, type ExportOnnxOptions } from './onnx-files.js';

/**
 * Writes a model as ONNX: `model.onnx`, `polytag.json`, and `manifest.json` with checksums. The folder is replaced as a
 * whole, and only when it is absent, empty or a former export; where the check fails nothing is written.
 *
 * @param model the model to write; it is not changed
 * @returns what the check found; undefined without a runtime
 * @throws those of `onnxFiles`; UsageError `usage/foreign-folder`; FileError `file/…`
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
