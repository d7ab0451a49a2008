import { CheckpointError } from '@polytag/core';
import { ELEMENT_BYTES, type Dtype, type TensorData } from '../tensors/dtype.js';
import { rowMajor } from '../tensors/row-major.js';
import { elementCount, type TensorDescription } from '../tensors/stored-tensor.js';
import { parseNpyHeader } from './npy-header.js';

/** A header above this is refused. NumPy writes 118 bytes for a plain array. */
const MAX_HEADER_BYTES = 1 << 20;

/** Enough bytes to hold any header that is accepted. */
export const LONGEST_START = 12 + MAX_HEADER_BYTES;

/** What every npy file begins with. */
export const NPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const TYPES: Readonly<Record<string, Dtype>> = {
  '<f4': 'F32',
  '<f8': 'F64',
  '<f2': 'F16',
  '<i4': 'I32',
  '<i8': 'I64',
  '<i2': 'I16',
  '|i1': 'I8',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

/** What the header of an npy file says. */
export interface NpyLayout extends TensorDescription {
  readonly shape: number[];
  readonly fortranOrder: boolean;
  /** First byte of the elements. */
  readonly dataStart: number;
}

/**
 * Reads the header of an npy file and checks it against the size of the file.
 *
 * @param start the first bytes, `LONGEST_START` of them or all
 * @param size bytes of the whole file
 * @throws CheckpointError as `parseNpy`
 */
export function npyLayout(start: Uint8Array, size: number, source: string): NpyLayout {
  const { text, dataStart } = headerOf(start, source);
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
  const expected = elementCount(shape) * ELEMENT_BYTES[dtype];
  const found = size - dataStart;
  if (expected !== found) {
    throw new CheckpointError(
      found < expected ? 'checkpoint/truncated' : 'checkpoint/size',
      `${source}: shape [${shape}] of '${descr}' needs ${expected} bytes, but the file has ${found}.`,
    );
  }
  return { dtype, shape, fortranOrder, dataStart };
}

function headerOf(bytes: Uint8Array, source: string): { text: string; dataStart: number } {
  const refuse = (code: string, why: string) => new CheckpointError(code, `${source}: ${why}`);
  if (!NPY_MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw refuse('checkpoint/npy-header', 'not an npy file: the signature is missing.');
  }
  const version = bytes[6];
  if (version === undefined || version < 1 || version > 3) {
    throw refuse('checkpoint/npy-header', `unknown npy format version ${version}.`);
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

/** Elements in the order of the file to row-major. */
export function fromFileOrder(data: TensorData, { shape, fortranOrder }: NpyLayout): TensorData {
  if (!fortranOrder) return data;
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  return rowMajor(data, shape, strides);
}
