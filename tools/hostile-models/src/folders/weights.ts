import { type Files, type HostileFolder, withFile, withoutFile } from '../hostile-folder.js';

const NAME = 'model.safetensors';
const bytesOf = (files: Files) => Buffer.from(files.get(NAME) as Uint8Array);

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, Entry>;

/** The file with another header. */
function withHeader(files: Files, change: (header: Header, first: string) => unknown): Files {
  const bytes = bytesOf(files);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Header;
  const first = Object.keys(header).find((key) => key !== '__metadata__')!;
  const changed = change(header, first) ?? header;
  const text = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return withFile(files, NAME, Buffer.concat([size, text, bytes.subarray(8 + length)]));
}

/** The file with a header of a claimed length. */
const claiming = (length: bigint) => (files: Files) => {
  const bytes = bytesOf(files);
  bytes.writeBigUInt64LE(length, 0);
  return withFile(files, NAME, bytes);
};

/** The file with a value in every float of its tensors, or in those of one kind. */
const filled =
  (value: number, kind = '') =>
  (files: Files) => {
    const bytes = bytesOf(files);
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, start).toString()) as Header;
    for (const [key, { dtype, data_offsets }] of Object.entries(header)) {
      if (dtype !== 'F32' || !key.endsWith(kind)) continue;
      for (let at = data_offsets[0]; at < data_offsets[1]; at += 4) bytes.writeFloatLE(value, start + at);
    }
    return withFile(files, NAME, bytes);
  };

const header = (name: string, change: (header: Header, first: string) => unknown): HostileFolder => ({
  name: `${NAME}: ${name}`,
  files: (whole) => withHeader(whole, change),
});
const bytes = (name: string, files: (whole: Files) => Files): HostileFolder => ({
  name: `${NAME}: ${name}`,
  files,
});
const entry = (name: string, change: (entry: Entry) => void): HostileFolder =>
  header(name, (all, first) => void change(all[first]));

/** Weights that are cut off, inconsistent, or no numbers. */
export const weightFolders: readonly HostileFolder[] = [
  bytes('missing', (whole) => withoutFile(whole, NAME)),
  bytes('empty', (whole) => withFile(whole, NAME, '')),
  ...[1, 7, 8, 9, 100, 5000].map((length) =>
    bytes(`its first ${length} bytes`, (whole) => withFile(whole, NAME, bytesOf(whole).subarray(0, length))),
  ),
  bytes('without its last byte', (whole) => withFile(whole, NAME, bytesOf(whole).subarray(0, -1))),
  bytes('with a byte more', (whole) => withFile(whole, NAME, Buffer.concat([bytesOf(whole), Buffer.of(0)]))),
  bytes('a PNG', (whole) => withFile(whole, NAME, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))),
  bytes('a zip', (whole) =>
    withFile(whole, NAME, Buffer.from('PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'latin1')),
  ),
  bytes('a pointer of Git LFS', (whole) =>
    withFile(whole, NAME, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
  ),
  ...[0n, 1n, 2n ** 23n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n].map((length) =>
    bytes(`a header of ${length} bytes`, claiming(length)),
  ),
  header('a header that is a list', () => '[]'),
  header('a header that is null', () => 'null'),
  header('a header that is no JSON', () => '{"a":'),
  header('an empty header', () => '{}'),
  header('a nested header', () => `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
  header('a header of 9 MB', (all) => JSON.stringify(all) + ' '.repeat(9e6)),
  header('100000 tensors more', (all) => {
    for (let i = 0; i < 1e5; i++) all[`more${i}`] = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
  }),
  header('a tensor __proto__', (all) =>
    JSON.stringify(all).replace('{', '{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'),
  ),
  header('a tensor less', (all, first) => void delete all[first]),
  header('a tensor of another name', (all, first) => {
    all[`${first}x`] = all[first];
    delete all[first];
  }),
  header('two tensors in one place', (all, first) => {
    all['twin'] = { ...all[first] };
  }),
  header('metadata that is a list', (all) => ({ ...all, __metadata__: ['a'] })),
  header('metadata of numbers', (all) => ({ ...all, __metadata__: { labels: 5 } })),
  header('metadata with other labels', (all) => ({
    ...all,
    __metadata__: { labels: '["x","y","z"]', classes: '["x"]' },
  })),
  header('metadata of control characters', (all) => ({ ...all, __metadata__: { labels: '["\\u001b[2J"]' } })),
  entry('an unknown type', (one) => void (one.dtype = 'F31')),
  entry('whole numbers', (one) => void (one.dtype = 'I32')),
  entry('a type of half the size', (one) => void (one.dtype = 'F16')),
  entry('a type of twice the size', (one) => void (one.dtype = 'F64')),
  entry('a type that is a number', (one) => void ((one as { dtype: unknown }).dtype = 5)),
  entry('a shape with one value more', (one) => void (one.shape = [...one.shape, 2])),
  entry('a shape below 0', (one) => void (one.shape = [-1, -1])),
  entry('a shape of fractions', (one) => void (one.shape = [0.5, 2])),
  entry('a shape whose product overflows', (one) => void (one.shape = [2 ** 31, 2 ** 31, 2 ** 31])),
  entry('a shape of 10^9', (one) => void (one.shape = [1e9])),
  entry('a shape of 10000 numbers', (one) => void (one.shape = Array.from({ length: 1e4 }, () => 1))),
  entry('the shape upside down', (one) => void one.shape.reverse().push(1)),
  entry('offsets the wrong way', (one) => void one.data_offsets.reverse()),
  entry('offsets below 0', (one) => void (one.data_offsets = [-4, 0])),
  entry('offsets behind the end', (one) => void (one.data_offsets = [1e12, 1e12 + 4])),
  entry('offsets of fractions', (one) => void (one.data_offsets = [0.5, 4.5])),
  entry('three offsets', (one) => void (one.data_offsets as number[]).push(9)),
  entry('no offsets', (one) => void delete (one as Partial<Entry>).data_offsets),
  bytes('NaN', filled(NaN)),
  bytes('infinity', filled(Infinity)),
  bytes('zeros', filled(0)),
  bytes('3e38', filled(3e38)),
  bytes('1e-44', filled(1e-44)),
  bytes('negative variances', filled(-5, 'running_var')),
  bytes('infinite biases', filled(-Infinity, 'bias')),
];
