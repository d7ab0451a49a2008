import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '@polytag/core';
import { bytesInMemory, openFile } from './byte-source.js';

const SIZE = 300_000;
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + (i >> 8)) & 255);
let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-bytes-'));
  path = join(folder, 'bytes');
});
beforeEach(() => writeFile(path, content));
afterAll(() => rm(folder, { recursive: true }));

it('reads any part, long or short, in any order and at once, each in a buffer of its own', async () => {
  const source = await openFile(path);
  const random = new RandomStream(1, 'parts');
  const reads = Array.from({ length: 300 }, async (_, i) => {
    const length = random.integer(i % 10 === 0 ? SIZE : 20_000);
    const position = random.integer(SIZE - length + 1);
    const bytes = await source.read(position, length);
    expect(Buffer.compare(bytes, content.subarray(position, position + length))).toBe(0);
    expect(bytes.buffer.byteLength).toBe(length);
    bytes.fill(0);
  });
  await Promise.all(reads);
  await source.close();
});

it.each(['a file', 'bytes in memory'])('refuses what %s does not have', async (kind) => {
  const source = kind === 'a file' ? await openFile(path) : bytesInMemory(content, 'bytes');
  for (const [position, length] of [
    [SIZE - 3, 4],
    [SIZE, 1],
    [-1, 2],
    [0, SIZE + 1],
  ] as const) {
    await expect(source.read(position, length)).rejects.toMatchObject({ code: 'checkpoint/truncated' });
  }
  expect([...(await source.read(SIZE - 3, 3))]).toEqual([...content.subarray(SIZE - 3)]);
  expect(await source.read(SIZE, 0)).toHaveLength(0);
  await source.close();
});

it('notices that the file was cut after it was opened', async () => {
  const source = await openFile(path);
  await truncate(path, 1000);
  await expect(source.read(0, 2000)).rejects.toMatchObject({ code: 'checkpoint/truncated' });
  await expect(source.read(0, 100_000)).rejects.toMatchObject({ code: 'checkpoint/truncated' });
  await source.close();
});

it('refuses a pipe at once', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(openFile(pipe)).rejects.toMatchObject({ code: 'checkpoint/read-failed' });
});

it('says which file of a folder is meant', async () => {
  await expect(openFile(folder)).rejects.toMatchObject({
    code: 'checkpoint/read-failed',
    message: `${folder} is a folder, not a file of weights.`,
    hint: 'Name the file of weights.',
  });
  for (const name of ['a.pth', 'model.safetensors']) {
    await writeFile(join(folder, name), '');
    await expect(openFile(folder)).rejects.toMatchObject({
      hint: `Name the file in it: ${join(folder, name)}`,
    });
  }
});
