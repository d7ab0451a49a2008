export { modelInfo, type ModelInfo } from './model-info.js';
export type { CheckedOnnx, OnnxRuntime } from './onnx/check-onnx.js';
export { exportOnnx, type ExportOnnxOptions, type OnnxModelInfo } from './onnx/export-onnx.js';
export { modelProto, type OnnxInput, type OnnxOptions, type OnnxOutput } from './onnx/model-proto.js';
export type { WeightType } from './onnx/weight-store.js';
export { exportTfjs, type ExportTfjsOptions } from './tfjs/export-tfjs.js';
