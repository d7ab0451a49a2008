import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dict, floats, tensor, torchLegacy, torchZip } from '../pytorch/torch-file.fixture.js';
import { serialiseSafetensors } from '../safetensors/serialise.js';
import { openCheckpoint } from './open-checkpoint.js';

describe('openCheckpoint', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'polytag-'))));
  afterAll(() => rm(folder, { recursive: true }));

  const value = dict({ w: tensor({ key: '0', shape: [2] }) });
  it.each([
    ['pytorch-zip', torchZip(value, { 0: floats(1, 2) })],
    ['pytorch-legacy', torchLegacy(value, { 0: [2, floats(1, 2)] })],
    ['safetensors', serialiseSafetensors({ w: { shape: [2], data: Float32Array.of(1, 2) } })],
  ])('tells %s by its content, whatever its name', async (format, bytes) => {
    const path = join(folder, 'weights.bin');
    await writeFile(path, bytes);
    const file = await openCheckpoint(path);
    expect([file.format, file.path]).toEqual([format, path]);
    expect(await file.read('w')).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) });
    await file.close();
  });

  it.each([
    ['<!DOCTYPE html><html>', /web page/],
    ['version https://git-lfs.github.com/spec/v1\noid', /git lfs pull/],
    [`${'\0'.repeat(257)}ustar`, /tar archive/],
    ['some plain text', /Known/],
    ['', /Known/],
  ])('says what %j is instead', async (text, hint) => {
    const path = join(folder, 'other.pth');
    await writeFile(path, text);
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code: 'checkpoint/format',
      hint: expect.stringMatching(hint),
    });
  });

  it('says when there is no file', async () => {
    await expect(openCheckpoint(join(folder, 'no.pth'))).rejects.toMatchObject({
      code: 'checkpoint/not-found',
    });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: 'checkpoint/read-failed' });
  });
});
