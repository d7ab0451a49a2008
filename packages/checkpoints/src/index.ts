export { readFolder } from './folder/read-folder.js';
export { locateFolder, recoverFolder } from './folder/recover-folder.js';
export { writeFolder } from './folder/write-folder.js';
export { replaceFile } from './files/durable-file.js';
export { parseNpy } from './npy/parse-npy.js';
export { type Dtype, type TensorData } from './safetensors/dtype.js';
export { type TensorEntry } from './safetensors/header.js';
export { parseSafetensors, type Safetensors, type StoredTensor } from './safetensors/parse.js';
export { SafetensorsFile } from './safetensors/safetensors-file.js';
export {
  serialiseSafetensors,
  writeSafetensors,
  type TensorsToStore,
  type TensorToStore,
} from './safetensors/serialise.js';
