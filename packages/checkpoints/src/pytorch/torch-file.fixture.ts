/** Writes files as `torch.save` does, small ones, from instructions of the pickle machine. */
import { crc32, deflateRawSync } from 'node:zlib';

export const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A number as bytes, lowest first. */
export const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

export const op = {
  proto: [0x80, 2],
  stop: [0x2e],
  mark: [0x28],
  none: [0x4e],
  pop: [0x30],
  emptyDict: [0x7d],
  emptyTuple: [0x29],
  emptyList: [0x5d],
  reduce: [0x52],
  build: [0x62],
  persistent: [0x51],
  setItem: [0x73],
  setItems: [0x75],
  append: [0x61],
  tuple: [0x74],
  text: (value: string) => concat([0x58], little(utf8(value).length, 4), utf8(value)),
  int: (value: number) => [0x4a, ...little(value, 4)],
  global: (module: string, name: string) => concat([0x63], utf8(`${module}\n${name}\n`)),
  put: (index: number) => [0x71, index],
  get: (index: number) => [0x68, index],
};

/** (item, item, …) */
export const tuple = (...items: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  concat(op.mark, ...items, op.tuple);

const ints = (values: readonly number[]) => tuple(...values.map(op.int));

export interface TorchTensor {
  readonly key: string;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  readonly elements?: number;
  readonly type?: string;
}

/** What rebuilds a tensor. */
export const tensor = (description: TorchTensor, ...view: readonly Uint8Array[]): Uint8Array =>
  concat(op.global('torch._utils', '_rebuild_tensor_v2'), tensorArguments(description, ...view), op.reduce);

/** (storage, offset, shape, strides, requires_grad, hooks) */
export function tensorArguments(
  { key, shape, strides, offset = 0, elements, type = 'FloatStorage' }: TorchTensor,
  ...view: readonly Uint8Array[]
): Uint8Array {
  const rowMajor = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const count = elements ?? shape.reduce((a, b) => a * b, 1);
  return tuple(
    concat(
      tuple(
        op.text('storage'),
        op.global('torch', type),
        op.text(key),
        op.text('cpu'),
        op.int(count),
        ...view,
      ),
      op.persistent,
    ),
    op.int(offset),
    ints(shape),
    ints(strides ?? rowMajor),
    [0x89],
    concat(op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce),
  );
}

export const dict = (items: Readonly<Record<string, Uint8Array | readonly number[]>>): Uint8Array =>
  concat(
    op.emptyDict,
    op.mark,
    ...Object.entries(items).flatMap(([key, value]) => [op.text(key), value]),
    op.setItems,
  );

export const pickle = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  concat(op.proto, ...parts, op.stop);

/** A zip archive of files, stored or deflated. */
export function zip(files: Readonly<Record<string, Uint8Array>>, deflated = false): Uint8Array {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = deflated ? new Uint8Array(deflateRawSync(content)) : content;
    const common = [
      ...little(0x0800, 2),
      ...little(deflated ? 8 : 0, 2),
      ...little(0, 4),
      ...little(crc32(content), 4),
      ...little(data.length, 4),
      ...little(content.length, 4),
      ...little(utf8(name).length, 2),
      ...little(0, 2),
    ];
    const local = concat(utf8('PK\x03\x04'), little(20, 2), common, utf8(name), data);
    central.push(
      concat(
        utf8('PK\x01\x02'),
        little(20, 2),
        little(20, 2),
        common,
        little(0, 10),
        little(offset, 4),
        utf8(name),
      ),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = concat(...central);
  const count = little(central.length, 2);
  const end = [
    ...little(0, 4),
    ...count,
    ...count,
    ...little(directory.length, 4),
    ...little(offset, 4),
    0,
    0,
  ];
  return concat(...locals, directory, utf8('PK\x05\x06'), end);
}

/** A file of today's `torch.save`. */
export function torchZip(value: Uint8Array, storages: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes] as const);
  return zip({
    'archive/data.pkl': pickle(value),
    ...Object.fromEntries(data),
    'archive/version': utf8('3\n'),
  });
}

/** A file of `torch.save` before 1.6. Storages: number of elements and bytes. */
export function torchLegacy(
  value: Uint8Array,
  storages: Readonly<Record<string, readonly [elements: number, bytes: Uint8Array]>>,
): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const keys = Object.keys(storages).flatMap((key) => [op.text(key), op.append]);
  return concat(
    pickle(magic),
    pickle(op.int(1001)),
    pickle(dict({ little_endian: [0x88] })),
    pickle(value),
    pickle(op.emptyList, ...keys),
    ...Object.values(storages).flatMap(([elements, bytes]) => [little(elements, 8), bytes]),
  );
}

export const floats = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);
