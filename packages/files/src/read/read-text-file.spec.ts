import { spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError, UsageError } from '@polytag/core';
import { readFileBytes } from './read-file-bytes.js';
import { readTextFile } from './read-text-file.js';
import { xmlEncoding } from './xml-encoding.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-files-'))));
afterAll(() => rm(folder, { recursive: true }));

const options = { what: 'label file', maxBytes: 1000 };

it('reads a text without its mark', async () => {
  const path = join(folder, 'a.txt');
  await writeFile(path, '\uFEFFcafé\r\n');
  expect(await readTextFile(path, options)).toBe('café\r\n');
  await writeFile(path, '');
  expect(await readTextFile(path, options)).toBe('');
});

it('names the place of a byte in another encoding, and the way out', async () => {
  const path = join(folder, 'latin.csv');
  await writeFile(path, Buffer.from('file,labels\n1.png,caf\xe9\n', 'latin1'));
  await expect(readTextFile(path, { ...options, encodingOption: '--encoding' })).rejects.toMatchObject({
    code: 'data/encoding',
    exitCode: 3,
    message: `The label file ${path} is not in UTF-8: line 2, column 10 (byte 21) has 0xe9.`,
    hint: 'Add --encoding windows-1252 if that is its encoding, or save the file as UTF-8.',
  });
  await expect(readTextFile(path, options)).rejects.toMatchObject({ hint: expect.stringContaining('iconv') });
  expect(await readTextFile(path, { ...options, encoding: 'windows-1252' })).toContain('café');
});

it.each<[string, Buffer, string, RegExp]>([
  [
    'a workbook',
    Buffer.from(`PK\x03\x04${'\0'.repeat(26)}[Content_Types].xml`),
    'is an Excel workbook, not text',
    /as CSV in UTF-8/,
  ],
  [
    'a sheet of LibreOffice',
    Buffer.from(`PK\x03\x04${'\0'.repeat(26)}mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK`),
    'is a document of LibreOffice or Numbers, not text',
    /as CSV in UTF-8/,
  ],
  ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'is an Office document, not text', /as CSV/],
  ['a packed file', Buffer.from([0x1f, 0x8b, 8, 0]), 'is an archive, not text', /Unpack/],
  ['an image', Buffer.from('ffd8ffe0', 'hex'), 'is an image, not text', /Check the path/],
  ['a web page', Buffer.from('\n<!doctype html>'), 'is a web page, not text', /download it again/],
  [
    'a pointer',
    Buffer.from('version https://git-lfs.github.com/spec/v1'),
    'is a Git LFS pointer, not text',
    /git lfs pull/,
  ],
  [
    'what a crash left',
    Buffer.from('file,labels\na.jpg,cat\n\0\0\0\0\0'),
    'has a zero byte in line 3 (byte 22)',
    /damaged/,
  ],
])('says what %s is, not that it is in another encoding', async (_, content, problem, hint) => {
  const path = join(folder, 'other.csv');
  await writeFile(path, content);
  await expect(readTextFile(path, { ...options, encodingOption: '--encoding' })).rejects.toMatchObject({
    exitCode: 3,
    message: `The label file ${path} ${problem}.`,
    hint: expect.stringMatching(hint),
  });
});

it('reads a file at the limit and refuses one above it, before reading it', async () => {
  const path = join(folder, 'limit');
  await writeFile(path, 'x'.repeat(1000));
  expect(await readTextFile(path, options)).toHaveLength(1000);
  await appendFile(path, 'x');
  await expect(readTextFile(path, options)).rejects.toMatchObject({
    code: 'data/file-too-large',
    message: `The label file ${path} has 1 kB; the limit is 1 kB.`,
  });
  // A hole: a petabyte that is nowhere.
  const sparse = await open(join(folder, 'sparse'), 'w');
  await sparse.truncate(2 ** 40);
  await sparse.close();
  await expect(readTextFile(join(folder, 'sparse'), options)).rejects.toMatchObject({
    code: 'data/file-too-large',
  });
});

it.each([
  ['data/file-missing', 3, 'none.txt', undefined],
  ['usage/file-missing', 2, 'none.txt', 'usage'],
  ['data/file-missing', 3, 'a.txt/none', undefined],
  ['data/not-a-file', 3, '.', undefined],
  ['checkpoint/not-a-file', 4, '.', 'checkpoint'],
] as const)('%s has status %i', async (code, exitCode, name, kind) => {
  await writeFile(join(folder, 'a.txt'), '');
  await expect(readTextFile(join(folder, name), { ...options, kind, hint: 'Do it.' })).rejects.toMatchObject({
    code,
    exitCode,
    hint: 'Do it.',
  });
});

it('shows a path with a line break as one line', async () => {
  await expect(readTextFile(join(folder, 'no\nsuch\u001b[2J'), options)).rejects.toMatchObject({
    message: expect.stringMatching(/no\\nsuch\\x1b\[2J was not found\.$/),
  });
});

const onLinux = process.platform === 'linux' ? it : it.skip;
if (process.platform !== 'linux')
  process.stderr.write('Pipes and devices are tried on Linux alone: these tests are skipped.\n');

onLinux('refuses a pipe at once, without waiting for a writer', async () => {
  const path = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  await expect(readTextFile(path, options)).rejects.toMatchObject({
    code: 'data/not-a-file',
    message: `The label file ${path} is a pipe, not a file.`,
  });
});

onLinux('refuses a socket', async () => {
  const path = join(folder, 'socket');
  const server = createServer().listen(path);
  try {
    await new Promise((done) => server.once('listening', done));
    await expect(readTextFile(path, options)).rejects.toMatchObject({ code: 'data/not-a-file' });
  } finally {
    server.close();
  }
});

onLinux.each(['/dev/zero', '/dev/null', '/dev/tty', '/dev/full'])('refuses the device %s', async (path) => {
  await expect(readTextFile(path, { ...options, kind: 'usage' })).rejects.toBeInstanceOf(UsageError);
});

onLinux('stops at the limit of a file that claims to be empty', async () => {
  const path = '/proc/self/maps';
  expect((await stat(path)).size).toBe(0);
  await expect(readFileBytes(path, { ...options, maxBytes: 100 })).rejects.toMatchObject({
    code: 'data/file-too-large',
    message: 'The label file /proc/self/maps has more than 0.1 kB; the limit is 0.1 kB.',
  });
  expect((await readFileBytes(path, { ...options, maxBytes: 2 ** 24 })).length).toBeGreaterThan(1000);
});

it('takes its class from the kind', async () => {
  const path = join(folder, 'model.json');
  await writeFile(path, Buffer.from([0x7b, 0xff]));
  await expect(readTextFile(path, { ...options, kind: 'checkpoint' })).rejects.toBeInstanceOf(
    CheckpointError,
  );
});

it.each([
  ['ISO-8859-1', 'latin1'],
  ['windows-1252', 'latin1'],
  ['UTF-8', 'utf8'],
  // Declared wrongly, and plain all the same.
  ['GB2312', 'utf8'],
] as const)('reads XML in the encoding that it declares: %s', async (declared, encoding) => {
  const path = join(folder, 'a.xml');
  const text = `<?xml version='1.0' encoding='${declared}'?><name>Andr\u00e9</name>`;
  await writeFile(path, Buffer.from(text, encoding));
  expect(await readTextFile(path, { ...options, isXml: true })).toBe(text);
});

it('XML that declares what every object has for its encoding is in an unknown one', () => {
  for (const name of ['constructor', 'toString', 'valueOf'])
    expect(xmlEncoding(Buffer.from(`<?xml version="1.0" encoding="${name}"?>`))).toEqual({ name });
});
