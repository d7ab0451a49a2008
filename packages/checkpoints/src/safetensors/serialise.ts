import { UsageError } from '@polytag/core';
import {
  dtypeOf,
  ELEMENT_BYTES,
  encodeElements,
  holds,
  type Dtype,
  type TensorData,
} from '../tensors/dtype.js';
import { LENGTH_BYTES } from './header.js';

/** A tensor to be written, row-major. */
export interface TensorToStore {
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** Default: the type of the array. BOOL takes a Uint8Array; F16 and BF16 round a Float32Array. */
  readonly dtype?: Dtype;
}

export type TensorsToStore = ReadonlyMap<string, TensorToStore> | Readonly<Record<string, TensorToStore>>;

/**
 * The bytes of a safetensors file. Wider elements come first and the header is padded to 8 bytes, so that
 * every tensor is aligned; otherwise the order is the one given, and equal input gives equal bytes.
 *
 * @throws UsageError `usage/tensor` when data and shape or type disagree, or a name is reserved
 */
export function serialiseSafetensors(
  tensors: TensorsToStore,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const chunks = [...layOut(tensors, metadata)];
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** The file in pieces: length and header, then one piece a tensor. */
export function layOut(
  tensors: TensorsToStore,
  metadata: Readonly<Record<string, string>>,
): Iterable<Uint8Array> {
  const entries = (tensors instanceof Map ? [...tensors] : Object.entries(tensors)).map(
    ([name, tensor]: [string, TensorToStore]) => checked(name, tensor),
  );
  entries.sort((a, b) => ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype]);
  let end = 0;
  const described = entries.map(({ name, dtype, shape, data }) => {
    const begin = end;
    end += data.length * ELEMENT_BYTES[dtype];
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const notes = Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const] : [];
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...notes, ...described])));
  const start = new Uint8Array(LENGTH_BYTES + Math.ceil(header.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - LENGTH_BYTES), true);
  start.set(header, LENGTH_BYTES);
  return (function* () {
    yield start;
    for (const { dtype, data } of entries) yield encodeElements(dtype, data);
  })();
}

function checked(name: string, { shape, data, dtype = dtypeOf(data) }: TensorToStore) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (name === '__metadata__') {
    throw new UsageError(
      'usage/tensor',
      'A tensor cannot be named "__metadata__": the format reserves that name.',
    );
  }
  if (size !== data.length) {
    throw new UsageError(
      'usage/tensor',
      `Tensor "${name}": shape [${shape}] has ${size} elements, but the data has ${data.length}.`,
    );
  }
  if (!holds(dtype, data)) {
    throw new UsageError(
      'usage/tensor',
      `Tensor "${name}": ${data.constructor.name} cannot be written as ${dtype}.`,
    );
  }
  return { name, dtype, shape, data };
}
