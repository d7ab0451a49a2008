export { type Dtype, type TensorData } from './safetensors/dtype.js';
export { parseSafetensors, type Safetensors, type StoredTensor } from './safetensors/parse.js';
