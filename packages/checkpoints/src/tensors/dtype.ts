/** Element types of the safetensors format that Polytag reads and writes. */
export type Dtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/**
 * What a tensor's elements are held in. F16 and BF16 widen to Float32Array without loss; I64 is a
 * BigInt64Array; BOOL is a Uint8Array of 0 and 1.
 */
export type TensorData =
  Float64Array | Float32Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(ELEMENT_BYTES, value);
}

/** The value of an IEEE 754 half-precision number, exactly. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest IEEE 754 half-precision number, ties to even: its 16 bits. */
export function numberToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  let exponent = Math.max(Math.floor(Math.log2(size)), -14);
  if (exponent > -14 && size < 2 ** exponent) exponent--;
  // Steps of the last place: 1024 and more for normal numbers, whose leading bit then adds 1 to the exponent.
  const steps = roundHalfToEven(size * 2 ** (10 - exponent));
  return sign | (((exponent + 14) << 10) + steps);
}

/** The nearest bfloat16 number, ties to even: its 16 bits. */
function numberToBrain(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** The type that holds an array's elements as they are. */
export function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof BigInt64Array) return 'I64';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Int16Array) return 'I16';
  if (data instanceof Int8Array) return 'I8';
  return 'U8';
}

/** Raw little-endian bytes of typed values; F16 and BF16 round Float32Array values, ties to even. */
export function encodeElements(dtype: Dtype, data: TensorData): Uint8Array {
  const raw =
    dtype === 'F16'
      ? Uint16Array.from(data as Float32Array, numberToHalf)
      : dtype === 'BF16'
        ? Uint16Array.from(data as Float32Array, numberToBrain)
        : data;
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
}

/** What array class the elements of a type are held in. */
export function holds(dtype: Dtype, data: TensorData): boolean {
  const natural = dtypeOf(data);
  if (dtype === 'F16' || dtype === 'BF16') return natural === 'F32';
  return dtype === 'BOOL' ? natural === 'U8' : natural === dtype;
}

/**
 * Typed values of raw little-endian bytes (the byte order of every host that runs Polytag). The bytes are
 * copied: tensors of a file follow each other without padding, so they may start at any byte, where a typed
 * array cannot.
 */
export function decodeElements(dtype: Dtype, bytes: Uint8Array): TensorData {
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return elementsOf(dtype, buffer);
}

/** The same for a buffer of which nobody else holds a view: it is not copied where the type needs no widening. */
export function elementsOf(dtype: Dtype, buffer: ArrayBuffer): TensorData {
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer);
  }
}
