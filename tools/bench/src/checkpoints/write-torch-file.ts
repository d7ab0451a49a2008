import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { TensorToStore } from '@polytag/checkpoints';

/**
 * Writes float32 tensors as `torch.save` does: a zip archive of a pickle and a stored file for each tensor, so that both
 * sides of a comparison read the same file.
 */
export async function writeTorchFile(
  path: string,
  tensors: ReadonlyMap<string, TensorToStore>,
): Promise<void> {
  const members: [string, Uint8Array][] = [
    ['archive/data.pkl', pickled(tensors)],
    ...[...tensors.values()].map(({ data }, key): [string, Uint8Array] => [
      `archive/data/${key}`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
    ['archive/version', Buffer.from('3\n')],
  ];
  const file = await open(path, 'w');
  try {
    const directory: Buffer[] = [];
    let offset = 0;
    for (const [name, content] of members) {
      const common = Buffer.concat([
        integers(2, 0, 0, 0, 0),
        integers(4, crc32(content), content.length, content.length),
        integers(2, name.length, 0),
      ]);
      const local = Buffer.concat([Buffer.from('PK\x03\x04'), integers(2, 20), common, Buffer.from(name)]);
      await file.write(local);
      await file.write(content);
      directory.push(
        ...[Buffer.from('PK\x01\x02'), integers(2, 20, 20), common, integers(2, 0, 0, 0)],
        ...[integers(4, 0, offset), Buffer.from(name)],
      );
      offset += local.length + content.length;
    }
    const list = Buffer.concat(directory);
    await file.write(list);
    await file.write(
      Buffer.concat([
        ...[Buffer.from('PK\x05\x06'), integers(2, 0, 0, members.length, members.length)],
        ...[integers(4, list.length, offset), integers(2, 0)],
      ]),
    );
  } finally {
    await file.close();
  }
}

/** Little-endian, each of so many bytes. */
function integers(bytes: 2 | 4, ...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(bytes * values.length);
  values.forEach((value, i) => buffer.writeUIntLE(value, i * bytes, bytes));
  return buffer;
}

const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const integer = (value: number) => Buffer.concat([Buffer.from('J'), integers(4, value)]);
const text = (value: string) =>
  Buffer.concat([Buffer.from('X'), integers(4, value.length), Buffer.from(value)]);
const tuple = (...items: readonly Buffer[]) => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);

/** A dict of tensors, in protocol 2. */
function pickled(tensors: ReadonlyMap<string, TensorToStore>): Buffer {
  const items = [...tensors].flatMap(([name, { shape, data }], key) => {
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
    );
    const storage = tuple(
      ...[
        text('storage'),
        global('torch', 'FloatStorage'),
        text(String(key)),
        text('cpu'),
        integer(data.length),
      ],
    );
    const noHooks = Buffer.concat([global('collections', 'OrderedDict'), Buffer.from(')R')]);
    return [
      text(name),
      global('torch._utils', '_rebuild_tensor_v2'),
      tuple(
        ...[Buffer.concat([storage, Buffer.from('Q')]), integer(0)],
        ...[tuple(...shape.map(integer)), tuple(...strides.map(integer)), Buffer.from([0x89]), noHooks],
      ),
      Buffer.from('R'),
    ];
  });
  return Buffer.concat([Buffer.from([0x80, 2]), Buffer.from('}('), ...items, Buffer.from('u.')]);
}
