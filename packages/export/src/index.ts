export {
  exportHuggingFace,
  huggingFaceFiles,
  huggingFaceOnnx,
  type HuggingFaceOnnx,
  type HuggingFaceOptions,
} from './huggingface/export-huggingface.js';
export type { MeasuredFile, MeasuredOnData } from './huggingface/hub-card.js';
export { modelInfo, type ModelInfo } from './model-info.js';
export { withSession, type CheckedOnnx, type RunOnnx } from './onnx/check-onnx.js';
export { exportOnnxBackbone } from './onnx/export-backbone.js';
export { exportOnnx } from './onnx/export-onnx.js';
export {
  onnxFiles,
  type ExportOnnxOptions,
  type OnnxFiles,
  type OnnxModelInfo,
  type QuantisedConvolutions,
} from './onnx/onnx-files.js';
export type { OnnxOptions, OnnxOutput } from './onnx/model-proto.js';
export type { QuantisationData } from './onnx/quantise/calibrate.js';
export type { WeightType } from './onnx/weight-store.js';
export { exportTfjs } from './tfjs/export-tfjs.js';
export { tfjsFiles, type ExportTfjsOptions } from './tfjs/tfjs-files.js';
