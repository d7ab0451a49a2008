/** What works in a browser: the files of an export, by their names. */
export { modelInfo, type ModelInfo } from './model-info.js';
export { onnxFiles, type ExportOnnxOptions, type OnnxFiles, type OnnxModelInfo } from './onnx/onnx-files.js';
export { tfjsFiles, type ExportTfjsOptions } from './tfjs/tfjs-files.js';
