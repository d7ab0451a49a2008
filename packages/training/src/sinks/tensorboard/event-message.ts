import type { SinkImage } from '../metrics-sink.js';

/** One named figure or picture. */
export type SummaryValue =
  { readonly tag: string; readonly scalar: number } | { readonly tag: string; readonly image: SinkImage };

export type EventContent =
  /** The first event of a file. */
  | { readonly kind: 'version' }
  /** TensorBoard drops what earlier files of the folder say of this step and later ones. */
  | { readonly kind: 'session-start' }
  | { readonly kind: 'summary'; readonly values: readonly SummaryValue[] };

/** Colour spaces of a summary's image: 3 is RGB. */
const RGB = 3;
/** `SessionLog.START` */
const START = 1;

/**
 * A `tensorflow.Event` as protocol buffer bytes: the fields that TensorBoard reads of scalars and images. Field
 * numbers are those of `event.proto` and `summary.proto`.
 *
 * @param wallTime seconds since 1970
 */
export function eventMessage(wallTime: number, step: number, content: EventContent): Uint8Array {
  return message([
    double(1, wallTime),
    varint(2, step),
    ...(content.kind === 'version' ? [text(3, 'brain.Event:2')] : []),
    ...(content.kind === 'summary'
      ? [bytes(5, message(content.values.map((v) => bytes(1, summaryValue(v)))))]
      : []),
    ...(content.kind === 'session-start' ? [bytes(7, message([varint(1, START)]))] : []),
  ]);
}

function summaryValue(value: SummaryValue): Uint8Array {
  if ('scalar' in value) return message([text(1, value.tag), float(2, value.scalar)]);
  const { png, height, width } = value.image;
  const image = message([varint(1, height), varint(2, width), varint(3, RGB), bytes(4, png)]);
  return message([text(1, value.tag), bytes(4, image)]);
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

function message(fields: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    joined.set(field, at);
    at += field.length;
  }
  return joined;
}

function base128(value: number): number[] {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128);
  return [...digits, rest];
}

const key = (field: number, wire: number) => base128(field * 8 + wire);
const varint = (field: number, value: number) => Uint8Array.from([...key(field, VARINT), ...base128(value)]);
const text = (field: number, value: string) => bytes(field, new TextEncoder().encode(value));

function bytes(field: number, value: Uint8Array): Uint8Array {
  return message([Uint8Array.from([...key(field, LENGTH_DELIMITED), ...base128(value.length)]), value]);
}

function double(field: number, value: number): Uint8Array {
  const number = new DataView(new ArrayBuffer(8));
  number.setFloat64(0, value, true);
  return message([Uint8Array.from(key(field, FIXED_64)), new Uint8Array(number.buffer)]);
}

function float(field: number, value: number): Uint8Array {
  const number = new DataView(new ArrayBuffer(4));
  number.setFloat32(0, value, true);
  return message([Uint8Array.from(key(field, FIXED_32)), new Uint8Array(number.buffer)]);
}
