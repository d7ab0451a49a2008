/** A small `.pth` file as `torch.save` wrote before 1.6: pickles, then the blocks of numbers. */

interface Weights {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type Value = number | string | Weights | ReadonlyMap<number | string, Value>;

const concat = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

const little = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

const int = (value: number) => [0x4a, ...little(value, 4)];
const text = (value: string) => {
  const bytes = new TextEncoder().encode(value);
  return concat([0x58], little(bytes.length, 4), bytes);
};
const global = (name: string) => concat([0x63], new TextEncoder().encode(name));
const tuple = (...items: readonly (Uint8Array | readonly number[])[]) => concat([0x28], ...items, [0x74]);
const pickle = (...parts: readonly (Uint8Array | readonly number[])[]) => concat([0x80, 2], ...parts, [0x2e]);

export const dict = (items: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> =>
  new Map(Object.entries(items));

/** @param value dicts of texts, integers and weights */
export function pthFile(value: Value): Uint8Array {
  const blocks: Float32Array[] = [];
  const write = (one: Value): Uint8Array | readonly number[] => {
    if (typeof one === 'number') return int(one);
    if (typeof one === 'string') return text(one);
    if (!('data' in one)) {
      const items = [...one].flatMap(([key, inner]) => [write(key), write(inner)]);
      return concat([0x7d, 0x28], ...items, [0x75]);
    }
    const { shape, data } = one;
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const key = String(blocks.push(data) - 1);
    const storage = tuple(
      ...[text('storage'), global('torch\nFloatStorage\n'), text(key), text('cpu'), int(data.length), [0x4e]],
    );
    return concat(
      global('torch._utils\n_rebuild_tensor_v2\n'),
      tuple(
        ...[concat(storage, [0x51]), int(0), tuple(...shape.map(int)), tuple(...strides.map(int)), [0x89]],
        concat(global('collections\nOrderedDict\n'), [0x29, 0x52]),
      ),
      [0x52],
    );
  };
  const content = pickle(write(value));
  return concat(
    pickle([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
    pickle(int(1001)),
    pickle(concat([0x7d, 0x28], text('little_endian'), [0x88, 0x75])),
    content,
    pickle([0x5d], ...blocks.flatMap((_, key) => [text(String(key)), [0x61]])),
    ...blocks.flatMap((data) => [little(data.length, 8), new Uint8Array(data.buffer)]),
  );
}
