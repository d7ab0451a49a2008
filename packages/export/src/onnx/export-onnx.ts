import { writeFolder } from '@polytag/checkpoints';
import type { MultiLabelModel } from '@polytag/model';
import { modelInfo, type ModelInfo } from '../model-info.js';
import { checkOnnx, type CheckedOnnx, type OnnxRuntime } from './check-onnx.js';
import { modelProto, type OnnxInput, type OnnxOptions } from './model-proto.js';

export interface ExportOnnxOptions extends OnnxOptions {
  /** `onnxruntime-node` or `onnxruntime-web`: runs the file on images and compares before anything is written. */
  readonly runtime?: OnnxRuntime;
}

/** What one needs beside `model.onnx` to turn a photograph into labels; written as `polytag.json`. */
export interface OnnxModelInfo extends ModelInfo {
  readonly input: OnnxInput;
  /** `0` to `K - 1` and the label that this column of the outputs is of. */
  readonly id2label: Readonly<Record<string, string>>;
  /** Photographs are resized to height x width before they are given to the network: how. */
  readonly resize: string;
}

const RESIZE = 'bilinear without antialiasing, half-pixel centres, aspect ratio not kept, rounded to 8 bits';

/**
 * Writes a model as ONNX: `model.onnx`, `polytag.json`, and `manifest.json` with checksums. The folder is replaced as a
 * whole, and only when it is absent, empty or a former export; where the check fails nothing is written.
 *
 * @param model the model to write; it is not changed
 * @returns what the check found; undefined without a runtime
 * @throws UsageError `usage/onnx-layer`, naming a layer without `toOnnx`; `usage/foreign-folder`, `usage/float16-range`
 * @throws CheckpointError `checkpoint/onnx` when the runtime refuses the file or its results differ
 * @throws FileError `file/…`
 */
export async function exportOnnx(
  model: MultiLabelModel,
  folder: string,
  { runtime, ...options }: ExportOnnxOptions = {},
): Promise<CheckedOnnx | undefined> {
  const { input = 'pixels' } = options;
  const { names } = model.labels;
  const info: OnnxModelInfo = {
    ...modelInfo(model),
    input,
    id2label: Object.fromEntries(names.map((label, k) => [String(k), label])),
    resize: RESIZE,
  };
  const properties = Object.entries(info).map(([key, value]) => [
    `polytag.${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const proto = (given: OnnxOptions) => modelProto(model, given, Object.fromEntries(properties));
  const bytes = proto(options);
  const withScores = { ...options, outputs: [...new Set([...(options.outputs ?? []), 'scores' as const])] };
  const checked = runtime && (await checkOnnx(proto(withScores), model, options, runtime));
  await writeFolder(folder, {
    'model.onnx': bytes,
    'polytag.json': `${JSON.stringify(info, null, 2)}\n`,
  });
  return checked;
}
