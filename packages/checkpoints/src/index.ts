export { bytesInMemory, type ByteSource } from './bytes/byte-source.js';
export { cachedPath, isAddress } from './download/address.js';
export { cacheFolder } from './download/cache-folder.js';
export { fetchFile, type DownloadProgress, type FetchFileOptions } from './download/fetch-file.js';
export { readFolder } from './folder/read-folder.js';
export { locateFolder, recoverFolder, recoverFolders } from './folder/recover-folder.js';
export { assertReplaceable, writeFolder } from './folder/write-folder.js';
export { NpyFile } from './npy/npy-file.js';
export { NpzFile } from './npy/npz-file.js';
export { parseNpy } from './npy/parse-npy.js';
export type { Checkpoint, CheckpointFormat } from './open/checkpoint.js';
export { checkpointIn, openCheckpoint } from './open/open-checkpoint.js';
export { PickledObject, PickledUnread, type PickleValue } from './pickle/pickle-value.js';
export { refusedGlobal } from './pickle/refused-global.js';
export { PytorchFile, type PytorchFileOptions } from './pytorch/pytorch-file.js';
export { TensorView } from './pytorch/tensor-view.js';
export type { TensorEntry } from './safetensors/header.js';
export { parseSafetensors, type Safetensors } from './safetensors/parse.js';
export { labelsIn, labelsMetadata } from './safetensors/labels-metadata.js';
export { SafetensorsFile } from './safetensors/safetensors-file.js';
export {
  serialiseSafetensors,
  writeSafetensors,
  type TensorsToStore,
  type TensorToStore,
} from './safetensors/serialise.js';
export { halfToNumber, numberToHalf, type Dtype, type TensorData } from './tensors/dtype.js';
export type { StoredTensor, TensorDescription } from './tensors/stored-tensor.js';
