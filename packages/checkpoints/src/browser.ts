/** What works in a browser: the formats, without the file system. */
export { parseNpy } from './npy/parse-npy.js';
export { type Dtype, type TensorData } from './safetensors/dtype.js';
export { type TensorEntry } from './safetensors/header.js';
export { parseSafetensors, type Safetensors, type StoredTensor } from './safetensors/parse.js';
