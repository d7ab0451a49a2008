export { readOnnxFile, type OnnxFile, type OnnxPort } from './file/onnx-file.js';
export { loadOnnx, type LoadOnnxOptions } from './model/load-onnx.js';
export { onnxImages, type OnnxInput } from './model/onnx-images.js';
export { OnnxModel } from './model/onnx-model.js';
export {
  describeRuntime,
  findOnnxRuntime,
  requireOnnxRuntime,
  RUNTIME_TO_INSTALL,
  type InstalledRuntime,
} from './runtime/installed-runtime.js';
export type { OnnxData, OnnxRuntime } from './runtime/onnx-runtime.js';
export {
  openSession,
  type OnnxResult,
  type OnnxSession,
  type OnnxTensor,
  type SessionOptions,
} from './session/open-session.js';
