/** What works in a browser: the formats, without the file system. */
export { parseNpy } from './npy/parse-npy.js';
export { halfToNumber, numberToHalf, type Dtype, type TensorData } from './tensors/dtype.js';
export { type TensorEntry } from './safetensors/header.js';
export { labelsIn, labelsMetadata } from './safetensors/labels-metadata.js';
export { parseSafetensors, type Safetensors } from './safetensors/parse.js';
export { serialiseSafetensors, type TensorsToStore, type TensorToStore } from './safetensors/serialise.js';
export type { StoredTensor } from './tensors/stored-tensor.js';
