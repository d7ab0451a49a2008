import { halfToNumber } from '../tensors/dtype.js';
import { PickledObject, PickledUnread, type PickleValue } from './pickle-value.js';

/** `numpy.dtype('f8')`. Whether its bytes are swapped comes later, in its state. */
export class NumpyType extends PickledObject {
  readonly kind = 'numpy type';
  littleEndian = true;

  /** @param code kind and bytes of an element, e.g. `f8`, or `U3`: here of three characters */
  constructor(readonly code: string) {
    super();
  }

  /** (version, byte order, …) */
  describe(state: PickleValue): void {
    if (Array.isArray(state)) this.littleEndian = state[1] !== '>';
  }
}

export function numpyType([code]: readonly PickleValue[]): PickleValue {
  return typeof code === 'string'
    ? new NumpyType(code.replace(/^[<>|=]/, ''))
    : new PickledUnread('numpy.dtype');
}

/** A name or a note; a text that is remembered can be asked for again and again. */
const MAX_TEXT_BYTES = 2 ** 16;

const MAKER = 'numpy.core.multiarray.scalar';

/** Training programs save scores, epochs and names in these. A date, a structure and the like stay unread. */
export function numpyScalar([type, bytes]: readonly PickleValue[]): PickleValue {
  const raw = typeof bytes === 'string' ? Uint8Array.from(bytes, (c) => c.charCodeAt(0)) : bytes;
  if (!(type instanceof NumpyType) || !(raw instanceof Uint8Array)) return new PickledUnread(MAKER);
  const { code, littleEndian } = type;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = READERS.get(code);
  if (read && raw.byteLength >= Number(code.slice(1))) return read(view, littleEndian);
  if (code.startsWith('U') && raw.byteLength <= MAX_TEXT_BYTES) return utf32(view, littleEndian);
  if (code.startsWith('S')) return raw;
  return new PickledUnread(MAKER);
}

type Read = (view: DataView, littleEndian: boolean) => PickleValue;

const integer = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['f8', (view, little) => view.getFloat64(0, little)],
  ['f4', (view, little) => view.getFloat32(0, little)],
  ['f2', (view, little) => halfToNumber(view.getUint16(0, little))],
  ['i8', (view, little) => integer(view.getBigInt64(0, little))],
  ['i4', (view, little) => view.getInt32(0, little)],
  ['i2', (view, little) => view.getInt16(0, little)],
  ['i1', (view) => view.getInt8(0)],
  ['u8', (view, little) => integer(view.getBigUint64(0, little))],
  ['u4', (view, little) => view.getUint32(0, little)],
  ['u2', (view, little) => view.getUint16(0, little)],
  ['u1', (view) => view.getUint8(0)],
  ['b1', (view) => view.getUint8(0) !== 0],
  ['c16', (view, little) => [view.getFloat64(0, little), view.getFloat64(8, little)]],
  ['c8', (view, little) => [view.getFloat32(0, little), view.getFloat32(4, little)]],
]);

function utf32(view: DataView, littleEndian: boolean): PickleValue {
  const codes = Array.from({ length: Math.floor(view.byteLength / 4) }, (_, i) =>
    view.getUint32(4 * i, littleEndian),
  );
  while (codes.at(-1) === 0) codes.pop();
  if (codes.some((code) => code > 0x10ffff)) return new PickledUnread(MAKER);
  return codes.map((code) => String.fromCodePoint(code)).join('');
}
