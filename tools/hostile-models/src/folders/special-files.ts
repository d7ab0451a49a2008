import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type Files, type HostileFolder, withFile } from '../hostile-folder.js';

const NAMES = [
  ...['config.json', 'preprocessor_config.json', 'model.safetensors', 'thresholds.json', 'calibration.json'],
  ...['manifest.json', 'label_graph.safetensors', 'README.md'],
];

/** What can stand in the place of a file. */
const PLACED: Readonly<Record<string, (path: string) => void>> = {
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdirSync(path),
  'a device without end': (path) => symlinkSync('/dev/zero', path),
  'a terminal': (path) => symlinkSync('/dev/tty', path),
  'a link to itself': (path) => symlinkSync(basename(path), path),
  'a link to nothing': (path) => symlinkSync('nothing', path),
  'a link to a file of the system': (path) => symlinkSync('/etc/passwd', path),
  '3 GB of nothing': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 3e9);
  },
};

const placed: HostileFolder[] = NAMES.flatMap((file) =>
  Object.entries(PLACED).map(([what, place]): HostileFolder => ({
    name: `${file}: ${what}`,
    after: (folder) => {
      rmSync(join(folder, file), { force: true });
      place(join(folder, file));
    },
  })),
);

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

/** The folder with a list of its files, changed. */
const listed = (
  name: string,
  change: (files: Record<string, { bytes: number; sha256: string }>) => unknown,
): HostileFolder => ({
  name: `manifest.json: ${name}`,
  files: (whole: Files) => {
    const files = Object.fromEntries(
      [...whole].map(([file, content]) => [
        file,
        { bytes: Buffer.byteLength(content), sha256: sha256(content) },
      ]),
    );
    const changed = change(files);
    return withFile(whole, 'manifest.json', JSON.stringify(changed ?? { version: 1, files }));
  },
});
const record = { bytes: 1, sha256: '0'.repeat(64) };

const manifests: HostileFolder[] = [
  listed('whole', () => undefined),
  listed('another checksum', (files) => void (files['config.json'].sha256 = '0'.repeat(64))),
  listed('another size', (files) => void (files['model.safetensors'].bytes = 5)),
  listed('a size of 10^15', (files) => void (files['model.safetensors'].bytes = 1e15)),
  listed('a file that is not there', (files) => void (files['more.json'] = record)),
  listed('a path upwards', (files) => void (files['../../etc/passwd'] = record)),
  listed('an absolute path', (files) => void (files['/etc/passwd'] = record)),
  listed('itself', (files) => void (files['manifest.json'] = record)),
  listed('without the weights', (files) => void delete files['model.safetensors']),
  listed('10000 files', (files) => {
    for (let i = 0; i < 1e4; i++) files[`more-${i}`] = record;
  }),
  listed('another version', (files) => ({ version: 99, files })),
  listed('a list', () => []),
  listed('files that are a list', () => ({ version: 1, files: [record] })),
];

const whole: HostileFolder[] = [
  { name: 'the folder: empty', files: () => new Map() },
  {
    name: 'the folder: a file',
    after: (folder) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, 'x');
    },
  },
  {
    name: 'the folder: a pipe',
    after: (folder) => {
      rmSync(folder, { recursive: true });
      execFileSync('mkfifo', [folder]);
    },
  },
  {
    name: 'the folder: a link to itself',
    after: (folder) => {
      rmSync(folder, { recursive: true });
      symlinkSync(basename(folder), folder);
    },
  },
  {
    name: 'the folder: a link to a model',
    after: (folder) => {
      renameSync(folder, `${folder}-real`);
      symlinkSync(`${basename(folder)}-real`, folder);
    },
  },
  { name: 'the folder: missing', after: (folder) => rmSync(folder, { recursive: true }) },
  {
    name: 'the folder: a run folder whose best is a pipe',
    after: (folder) => {
      for (const name of ['config.json', 'model.safetensors']) rmSync(join(folder, name));
      execFileSync('mkfifo', [join(folder, 'best')]);
    },
  },
  {
    name: 'the folder: a thousand other files',
    after: (folder) => {
      for (let i = 0; i < 1000; i++) writeFileSync(join(folder, `other-${i}\n\u001b[2J.txt`), '');
    },
  },
  {
    name: 'the folder: what a writer that died has left',
    after: (folder) => {
      const name = basename(folder);
      for (const stage of ['old', 'new', 'part']) {
        mkdirSync(join(dirname(folder), `.${name}.${stage}-1-0`));
        writeFileSync(join(dirname(folder), `.${name}.${stage}-1-0`, 'config.json'), '{}');
      }
    },
  },
  ...['NaN', 'cut off', 'of other labels', 'a list of words'].map((what): HostileFolder => ({
    name: `label_graph.safetensors: ${what}`,
    files: (files) => withFile(files, 'label_graph.safetensors', graph(what)),
  })),
  {
    name: 'polytag.json: settings of an export',
    files: (files) => withFile(files, 'polytag.json', '{"model":"/etc/passwd","module":"./evil.mjs"}'),
  },
  {
    name: 'package.json: code of its own',
    files: (files) => withFile(files, 'package.json', '{"name":"x","type":"module","main":"./evil.mjs"}'),
  },
];

/** A label graph as it should not be. */
function graph(what: string): Uint8Array {
  const rows = what === 'of other labels' ? 7 : 3;
  const values = new Float32Array(rows * rows).fill(what === 'NaN' ? NaN : 0);
  const entry = (at: number) => ({
    dtype: 'F32',
    shape: [rows, rows],
    data_offsets: [at, at + values.byteLength],
  });
  const header = JSON.stringify(
    what === 'a list of words' ? ['cat'] : { cooccurrence: entry(0), word_vectors: entry(values.byteLength) },
  );
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  const bytes = Buffer.concat([
    size,
    Buffer.from(header),
    Buffer.from(values.buffer),
    Buffer.from(values.buffer),
  ]);
  return what === 'cut off' ? bytes.subarray(0, -10) : bytes;
}

/** Pipes, devices, links, folders, and lists of files that lie. */
export const specialFolders: readonly HostileFolder[] = [...placed, ...manifests, ...whole];

/** Whether code of a stranger has run: it would have written this. */
export const hasRun = (marker: string): boolean => {
  try {
    return readFileSync(marker, 'utf8') !== '';
  } catch {
    return false;
  }
};
