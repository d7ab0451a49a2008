import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Fields of a message by their numbers; a list is a repeated field. */
export interface Message {
  readonly [field: number]: Value | readonly Value[];
}
type Value = string | number | bigint | Uint8Array | Message;

/** A message of protobuf: numbers are varints, everything else has its length before it. */
export function message(fields: Message): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, values] of Object.entries(fields)) {
    for (const value of Array.isArray(values) ? (values as readonly Value[]) : [values as Value]) {
      if (typeof value === 'number' || typeof value === 'bigint') {
        writer.tag(Number(field), WireType.Varint).int64(value);
      } else {
        const bytes =
          typeof value === 'string'
            ? new TextEncoder().encode(value)
            : value instanceof Uint8Array
              ? value
              : message(value as Message);
        writer.tag(Number(field), WireType.LengthDelimited).bytes(bytes);
      }
    }
  }
  return writer.finish();
}

const FLOAT = 1;

/** A float tensor, its values inside. */
export const tensor = (
  name: string,
  dims: readonly (number | bigint)[],
  values: readonly number[],
): Message => ({
  1: dims,
  2: FLOAT,
  8: name,
  9: new Uint8Array(Float32Array.from(values).buffer),
});

/** A float tensor whose values are in another file. */
export const externalTensor = (
  name: string,
  dims: readonly number[],
  location: string,
  place: Readonly<Record<string, string>> = {},
): Message => ({
  1: dims,
  2: FLOAT,
  8: name,
  13: Object.entries({ location, ...place }).map(([key, value]) => ({ 1: key, 2: value })),
  14: 1,
});

function port(name: string, dims: readonly (number | string)[]): Message {
  const dimensions = dims.map((size): Message => (typeof size === 'number' ? { 1: size } : { 2: size }));
  return { 1: name, 2: { 1: { 1: FLOAT, 2: { 1: dimensions } } } };
}

/** A graph that adds 2 weights to each row of `x`: [batch, 2] -> `sum`, [batch, 2]. */
export const sumModel = (weights: Message = tensor('w', [2], [10, 20]), changes: Message = {}): Uint8Array =>
  message({
    1: 8,
    7: {
      1: [{ 1: ['x', 'w'], 2: 'sum', 3: 'add', 4: 'Add' }],
      2: 'graph',
      5: [weights],
      11: [port('x', ['batch', 2])],
      12: [port('sum', ['batch', 2])],
    },
    8: [{ 1: '', 2: 17 }],
    14: [{ 1: 'made by', 2: 'hand' }],
    ...changes,
  });
