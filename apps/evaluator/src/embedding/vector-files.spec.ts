import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VectorFiles } from './vector-files.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-vectors-'))));
afterEach(() => rm(folder, { recursive: true }));

const written = async () => {
  const files = await VectorFiles.create(join(folder, 'a.npy'), 2);
  try {
    await files.add(['1.jpg'], [Float32Array.of(1, 2)]);
    await files.finish();
  } finally {
    await files.close();
  }
};

it('replaces both files', async () => {
  for (const name of ['a.npy', 'a.txt']) await writeFile(join(folder, name), 'of before');
  await written();
  expect((await readdir(folder)).sort()).toEqual(['a.npy', 'a.txt']);
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('1.jpg\n');
  const npy = await readFile(join(folder, 'a.npy'));
  expect([npy.readFloatLE(128), npy.readFloatLE(132)]).toEqual([1, 2]);
});

it('keeps the list of before, or none, where the vectors cannot get their name', async () => {
  await mkdir(join(folder, 'a.npy'));
  await expect(written()).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await readdir(folder)).toEqual(['a.npy']);
  await writeFile(join(folder, 'a.txt'), 'of before');
  await expect(written()).rejects.toMatchObject({ code: 'EISDIR' });
  expect((await readdir(folder)).sort()).toEqual(['a.npy', 'a.txt']);
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('of before');
});
