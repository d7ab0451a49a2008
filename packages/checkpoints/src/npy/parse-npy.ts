import { decodeElements } from '../tensors/dtype.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { npyLayout, fromFileOrder } from './npy-layout.js';

/**
 * Reads a NumPy `.npy` file (format versions 1, 2 and 3): f2, f4, f8, i1, i2, i4, i8, u1 and bool, in C or Fortran
 * order. The result is row-major either way. Python objects are never unpickled: other types are refused.
 *
 * @param options.source what to call the file in errors
 * @throws CheckpointError `checkpoint/npy-header`, `checkpoint/npy-dtype`, `checkpoint/truncated`,
 * `checkpoint/size`
 */
export function parseNpy(bytes: Uint8Array, options: { source?: string } = {}): StoredTensor {
  const layout = npyLayout(bytes, bytes.length, options.source ?? 'npy data');
  const data = decodeElements(layout.dtype, bytes.subarray(layout.dataStart));
  return { dtype: layout.dtype, shape: layout.shape, data: fromFileOrder(data, layout) };
}
