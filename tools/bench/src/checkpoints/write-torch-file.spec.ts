import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PytorchFile, writeSafetensors } from '@polytag/checkpoints';
import { measureReading } from './measure-reading.js';
import { sampleTensors } from './sample-tensors.js';
import { writeTorchFile } from './write-torch-file.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-bench-'))));
afterAll(() => rm(folder, { recursive: true }));

it('makes tensors of the size it was told, large ones and short ones', () => {
  const tensors = [...sampleTensors(2 ** 20).values()];
  const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
  expect(bytes).toBeLessThanOrEqual(2 ** 20);
  expect(bytes).toBeGreaterThan(0.95 * 2 ** 20);
  expect(new Set(tensors.map(({ shape }) => shape.length))).toEqual(new Set([1, 4]));
});

it('writes a .pth file that holds them', async () => {
  const [path, tensors] = [join(folder, 'sample.pth'), sampleTensors(2 ** 19)];
  await writeTorchFile(path, tensors);
  const file = await PytorchFile.open(path);
  expect(file.format).toBe('pytorch-zip');
  expect([...file.entries.keys()]).toEqual([...tensors.keys()]);
  for (const [key, { shape, data }] of tensors)
    expect(await file.read(key)).toEqual({ dtype: 'F32', shape, data });
  await file.close();
});

it.each(['all', 'each'] as const)(
  'measures a reading (%s), and leaves the file as it was',
  async (reading) => {
    const path = join(folder, `${reading}.safetensors`);
    await writeSafetensors(path, sampleTensors(2 ** 19));
    const before = await readFile(path);
    const { milliseconds, megabytes } = await measureReading(path, reading);
    expect(milliseconds).toBeGreaterThan(0);
    expect(megabytes).toBeGreaterThanOrEqual(0);
    expect(await readFile(path)).toEqual(before);
  },
);
