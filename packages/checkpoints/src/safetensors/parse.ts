import { decodeElements } from '../tensors/dtype.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { headerLength, LENGTH_BYTES, parseHeader } from './header.js';

export interface Safetensors {
  /** By name, in the order of the data. */
  readonly tensors: Map<string, StoredTensor>;
  /** Strings under `__metadata__`; empty if there are none. */
  readonly metadata: Record<string, string>;
}

/**
 * Parses a whole safetensors file. The header is fully checked.
 *
 * @param bytes the file; copied, so it may be changed or freed afterwards
 * @param options.source name of the file in errors
 * @throws CheckpointError with the codes of `headerLength` and `parseHeader`
 */
export function parseSafetensors(bytes: Uint8Array, options: { source?: string } = {}): Safetensors {
  const source = options.source ?? 'safetensors data';
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, source);
  const data = bytes.subarray(LENGTH_BYTES + length);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), data.length, source);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of header.entries) {
    tensors.set(name, { dtype, shape: [...shape], data: decodeElements(dtype, data.subarray(begin, end)) });
  }
  return { tensors, metadata: header.metadata };
}
