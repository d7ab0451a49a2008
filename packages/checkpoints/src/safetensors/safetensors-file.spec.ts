import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelsMetadata } from './labels-metadata.js';
import { parseSafetensors } from './parse.js';
import { SafetensorsFile } from './safetensors-file.js';
import { serialiseSafetensors } from './serialise.js';
import { writeSafetensors } from './write-safetensors.js';

describe('SafetensorsFile', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    path = join(folder, 'a.safetensors');
    await writeSafetensors(
      path,
      {
        weight: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
        steps: { shape: [], data: BigInt64Array.of(9n) },
        none: { shape: [0], data: new Float32Array(0) },
      },
      { note: 'x' },
    );
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads each tensor as the whole-file reader does', async () => {
    const { tensors, metadata } = parseSafetensors(await readFile(path));
    const file = await SafetensorsFile.open(path);
    expect(file.metadata).toEqual(metadata);
    expect([...file.entries.keys()]).toEqual([...tensors.keys()]);
    for (const [name, tensor] of tensors) expect(await file.read(name)).toEqual(tensor);
    await file.close();
  });

  it('says the classes that its metadata lists, and no others', async () => {
    const tensors = { w: { shape: [1], data: Float32Array.of(1) } };
    for (const [metadata, names] of [
      [labelsMetadata(['b', 'a']), ['b', 'a']],
      [{}, undefined],
      [{ labels: 'b, a' }, undefined],
      [{ labels: '[1]' }, undefined],
    ] as const) {
      await writeSafetensors(path, tensors, metadata);
      const file = await SafetensorsFile.open(path);
      expect(file.classNames).toEqual(names);
      await file.close();
    }
  });

  it('sees the version it opened when another is renamed over', async () => {
    const file = await SafetensorsFile.open(path);
    await writeSafetensors(path, { weight: { shape: [1], data: Float32Array.of(7) } });
    expect((await file.read('weight')).data).toEqual(Float32Array.of(1, 2, 3, 4));
    await file.close();
  });

  it('says what is wrong', async () => {
    await expect(SafetensorsFile.open(join(folder, 'no'))).rejects.toMatchObject({
      code: 'checkpoint/not-found',
    });
    await expect(SafetensorsFile.open(folder)).rejects.toMatchObject({ code: 'checkpoint/read-failed' });
    const file = await SafetensorsFile.open(path);
    await expect(file.read('bias')).rejects.toMatchObject({ code: 'checkpoint/missing-key' });
    await file.close();
    // Beyond what is read together with the header.
    await writeSafetensors(path, { weight: { shape: [1 << 16], data: new Float32Array(1 << 16) } });
    const long = await SafetensorsFile.open(path);
    await truncate(path, 1 << 17);
    await expect(long.read('weight')).rejects.toMatchObject({ code: 'checkpoint/truncated' });
    await long.close();
    await writeFile(path, serialiseSafetensors({}).subarray(0, 9));
    await expect(SafetensorsFile.open(path)).rejects.toMatchObject({ code: 'checkpoint/truncated' });
  });
});
