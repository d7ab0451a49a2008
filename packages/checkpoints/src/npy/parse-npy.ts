import { CheckpointError } from '@polytag/core';
import { decodeElements, ELEMENT_BYTES, type Dtype, type TensorData } from '../safetensors/dtype.js';
import type { StoredTensor } from '../safetensors/parse.js';
import { parseNpyHeader } from './npy-header.js';

/** A header above this is refused. NumPy writes 118 bytes for a plain array. */
const MAX_HEADER_BYTES = 1 << 20;

const TYPES: Readonly<Record<string, Dtype>> = {
  '<f4': 'F32',
  '<f8': 'F64',
  '<i4': 'I32',
  '<i8': 'I64',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

/**
 * Reads a NumPy `.npy` file (format versions 1, 2 and 3): f4, f8, i4, i8, u1 and bool, in C or Fortran order.
 * The result is row-major either way. Python objects are never unpickled: other types are refused.
 *
 * @param options.source what to call the file in errors
 * @throws CheckpointError `checkpoint/npy-header`, `checkpoint/npy-dtype`, `checkpoint/truncated`,
 * `checkpoint/size`
 */
export function parseNpy(bytes: Uint8Array, options: { source?: string } = {}): StoredTensor {
  const source = options.source ?? 'npy data';
  const { text, dataStart } = headerOf(bytes, source);
  const { descr, fortranOrder, shape } = parseNpyHeader(text, source);
  const dtype = Object.hasOwn(TYPES, descr) ? TYPES[descr] : undefined;
  if (!dtype) {
    throw new CheckpointError(
      'checkpoint/npy-dtype',
      `${source}: elements of type '${descr}' are not supported.`,
      {
        hint: `Save the array as one of ${Object.keys(TYPES).join(', ')}, e.g. with numpy's astype('<f4').`,
      },
    );
  }
  const expected = shape.reduce((product, extent) => product * extent, ELEMENT_BYTES[dtype]);
  const found = bytes.length - dataStart;
  if (expected !== found) {
    throw new CheckpointError(
      found < expected ? 'checkpoint/truncated' : 'checkpoint/size',
      `${source}: shape [${shape}] of '${descr}' takes ${expected} bytes, the file has ${found}.`,
    );
  }
  const data = decodeElements(dtype, bytes.subarray(dataStart));
  return { dtype, shape, data: fortranOrder ? rowMajor(data, shape) : data };
}

function headerOf(bytes: Uint8Array, source: string): { text: string; dataStart: number } {
  const refuse = (code: string, why: string) => new CheckpointError(code, `${source}: ${why}`);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (!magic.every((byte, i) => bytes[i] === byte)) {
    throw refuse('checkpoint/npy-header', 'this is not an npy file: the first bytes are not its signature.');
  }
  const version = bytes[6];
  if (version === undefined || version < 1 || version > 3) {
    throw refuse('checkpoint/npy-header', `npy format version ${version} is not known.`);
  }
  const lengthBytes = version === 1 ? 2 : 4;
  const textStart = 8 + lengthBytes;
  if (bytes.length < textStart) throw refuse('checkpoint/truncated', 'the file ends inside its header.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw refuse('checkpoint/npy-header', `the header claims ${length} bytes.`);
  const dataStart = textStart + length;
  if (bytes.length < dataStart) throw refuse('checkpoint/truncated', 'the file ends inside its header.');
  return { text: new TextDecoder('latin1').decode(bytes.subarray(textStart, dataStart)), dataStart };
}

/** Column-major (first index fastest) to row-major. */
function rowMajor(data: TensorData, shape: readonly number[]): TensorData {
  const result = data.slice() as TensorData;
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, extent) => product * extent, 1),
  );
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}
