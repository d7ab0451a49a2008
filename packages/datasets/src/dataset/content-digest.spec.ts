import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentDigest } from './content-digest.js';
import { contentDigests } from './file-content.js';

const sha1 = (content: Uint8Array | string) => createHash('sha1').update(content).digest();

it.each([0, 100, 4096, 10_000])('is made of the size and the end: %i bytes', async (size) => {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + 7) % 251);
  const expected = sha1(`${size} ${sha1(bytes.slice(-4096)).toString('hex')}`).readUIntBE(0, 5);
  expect(await contentDigest(size, bytes)).toBe(expected);
  const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
  try {
    const file = join(folder, 'image.jpg');
    await writeFile(file, bytes);
    expect(await contentDigests([file, join(folder, 'missing.jpg')])).toEqual([expected, undefined]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
