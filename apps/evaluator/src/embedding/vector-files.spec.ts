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

it('belong to the latest of two commands: vectors of the earlier one never mix with its own, and that one says so', async () => {
  const npy = join(folder, 'a.npy');
  const first = await VectorFiles.resume(npy, 2);
  await first.add(['1.jpg'], [Float32Array.of(1, 2)]);
  const second = await VectorFiles.resume(npy, 2);
  // Until the second writes, the first goes on.
  await first.add(['2.jpg'], [Float32Array.of(3, 4)]);
  await second.add(['3.jpg'], [Float32Array.of(5, 6)]);
  const lost = { code: 'file/vanished', message: expect.stringContaining('perhaps by the same command') };
  await expect(first.add(['3.jpg'], [Float32Array.of(5, 6)])).rejects.toMatchObject(lost);
  await expect(first.finish()).rejects.toMatchObject(lost);
  expect(await first.close()).toBe(false);
  // One that begins anew takes over as well.
  const third = VectorFiles.create(npy, 2);
  await third.add(['4.jpg'], [Float32Array.of(7, 8)]);
  await expect(second.finish()).rejects.toMatchObject(lost);
  await second.close();
  expect(await third.finish()).toBe(1);
  await third.close();
  expect((await readdir(folder)).sort()).toEqual(['a.npy', 'a.txt']);
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('4.jpg\n');
  const bytes = await readFile(npy);
  expect([bytes.length, bytes.readFloatLE(128), bytes.readFloatLE(132)]).toEqual([136, 7, 8]);
});

it('keeps finished files until those that go on with them are whole', async () => {
  await written();
  const npy = join(folder, 'a.npy');
  const before = await readFile(npy);
  const more = await VectorFiles.resume(npy, 2);
  await more.add(['2.jpg'], [Float32Array.of(3, 4)]);
  expect(await readFile(npy)).toEqual(before);
  expect(await more.finish()).toBe(2);
  await more.close();
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('1.jpg\n2.jpg\n');
  expect((await readFile(npy)).length).toBe(128 + 16);
});
