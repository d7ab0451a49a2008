import { openModelFile, type SessionOptions } from '../session/open-session.js';
import { portsOf, readOnnxInfo } from './model-info.js';
import { OnnxModel } from './onnx-model.js';
import { readOnnxFolder } from '#read-onnx-folder';

export type LoadOnnxOptions = Omit<SessionOptions, 'name'>;

/**
 * Loads a model written by `exportOnnx` or `polytag-eval export --format onnx`, to predict with onnxruntime.
 *
 * @param folder folder with `model.onnx` and `polytag.json`; in a page its URL
 * @throws CheckpointError `checkpoint/not-found`, `checkpoint/missing-file`, `checkpoint/checksum`, `checkpoint/config`
 * for an invalid `polytag.json`, `checkpoint/onnx-fit` for one of another network, and those of {@link openSession}
 * @throws EngineError `engine/onnx-runtime-missing`
 * @example
 * const model = await loadOnnx('onnx');
 * console.log(await model.predict('photo.jpg')); // [{ label: 'dog', score: 0.93 }, …]
 * await model.close();
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
