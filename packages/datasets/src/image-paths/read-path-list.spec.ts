import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { readPathList } from './read-path-list.js';

async function pathsIn(source: string | Readable): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of readPathList(source)) paths.push(path);
  return paths;
}

/** Bytes that come in pieces of a size. */
const inPieces = (bytes: Buffer, size: number) =>
  Readable.from(
    (function* () {
      for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
    })(),
  );

const path = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .filter((text) => !/[\0\r\n\ufeff]/.test(text));

it.each([
  ['\n', '\n'],
  ['\r\n', ''],
  ['\0', '\0'],
])('gives each path once, ended by %j, in pieces of any size', async (separator, last) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(path, { minLength: 1 }),
      fc.integer({ min: 1, max: 50 }),
      async (paths, size) => {
        const bytes = Buffer.from(paths.join(separator) + last);
        // Of one path without an end nothing tells the separator.
        fc.pre(separator !== '\0' || bytes.includes(0));
        expect(await pathsIn(inPieces(bytes, size))).toEqual(paths);
      },
    ),
    { numRuns: 100 },
  );
});

it('keeps line breaks in paths that NUL ends, in long lists as well', async () => {
  const paths = Array.from({ length: 2000 }, (_, i) => `folder ${i}/a\n${i}.jpg`);
  expect(await pathsIn(inPieces(Buffer.from(`${paths.join('\0')}\0`), 700))).toEqual(paths);
});

it.each(['utf-8', 'utf-16le', 'utf-16be'])(
  'reads %s with a byte order mark, and leaves out empty lines',
  async (encoding) => {
    const text = '\ufeffä 1.jpg\r\n\r\nb.jpg\r\n';
    const bytes = Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    expect(await pathsIn(inPieces(bytes, 3))).toEqual(['ä 1.jpg', 'b.jpg']);
  },
);

it('refuses what is not text, no list, or not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-paths-'));
  try {
    const latin = join(folder, 'latin.txt');
    await writeFile(latin, Buffer.from('caf\xe9.jpg\n', 'latin1'));
    await expect(pathsIn(latin)).rejects.toMatchObject({ code: 'data/encoding' });
    const long = join(folder, 'long.txt');
    await writeFile(long, `a.jpg\n${'x'.repeat(70_000)}`);
    await expect(pathsIn(long)).rejects.toMatchObject({
      code: 'data/not-a-list',
      message: expect.stringContaining('Line 2 of the list'),
    });
    await expect(pathsIn(join(folder, 'none.txt'))).rejects.toMatchObject({ code: 'data/file-missing' });
    expect(await pathsIn(inPieces(Buffer.alloc(0), 1))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
