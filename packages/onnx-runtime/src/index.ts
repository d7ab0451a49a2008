export { readOnnxFile, type OnnxFile, type OnnxPort } from './file/onnx-file.js';
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
