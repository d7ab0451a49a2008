import { openModelFile, type SessionOptions } from '../session/open-session.js';
import { portsOf, readOnnxInfo } from './model-info.js';
import { OnnxModel } from './onnx-model.js';
import { readOnnxFolder } from '#read-onnx-folder';

export type LoadOnnxOptions = Omit<SessionOptions, 'name'>;

/**
 * Loads a model that `exportOnnx` or `polytag-eval export --format onnx` wrote, to predict with onnxruntime.
 *
 * @param folder with `model.onnx` and `polytag.json`; in a page its address
 * @throws CheckpointError `checkpoint/not-found`, `checkpoint/missing-file`, `checkpoint/checksum`, `checkpoint/config` for a
 *   `polytag.json` that cannot be used, `checkpoint/onnx-fit` for one of another network, and those of {@link openSession}
 * @throws EngineError `engine/onnx-runtime-missing`
 */
export async function loadOnnx(folder: string, options: LoadOnnxOptions = {}): Promise<OnnxModel> {
  const { info, infoSource, model } = await readOnnxFolder(folder);
  const parsed = readOnnxInfo(info, infoSource);
  const session = await openModelFile(model, options);
  try {
    return new OnnxModel(session, portsOf(session.file, parsed, infoSource), parsed);
  } catch (error) {
    await session.close();
    throw error;
  }
}
