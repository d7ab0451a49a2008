import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolytagError } from '@polytag/core';
import { dict, floats, tensor, torchLegacy, torchZip } from '../pytorch/torch-file.fixture.js';
import { SafetensorsFile } from '../safetensors/safetensors-file.js';
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
    ['some plain text', /Supported/],
    ['', /Supported/],
  ])('says what %j is instead', async (text, said) => {
    const path = join(folder, 'other.pth');
    await writeFile(path, text);
    const error = (await openCheckpoint(path).catch((thrown: unknown) => thrown)) as PolytagError;
    expect(error.code).toBe('checkpoint/format');
    expect(`${error.message} ${error.hint}`).toMatch(said);
  });

  it.each(['<!DOCTYPE html><html>', 'version https://git-lfs.github.com/spec/v1\noid'])(
    'says what a model.safetensors is that begins with %j',
    async (text) => {
      const path = join(folder, 'model.safetensors');
      await writeFile(path, text);
      await expect(SafetensorsFile.open(path)).rejects.toMatchObject({
        code: 'checkpoint/format',
        hint: expect.stringMatching(/git lfs pull|download it again/),
      });
    },
  );

  it.each([
    ['a pickle', 0x80],
    ['an archive', 0x4b50],
  ])('tells a safetensors file whose length begins as %s does', async (_, length) => {
    const one = { w: { shape: [1], data: Float32Array.of(1) } };
    const file = (note: string) => serialiseSafetensors(one, { note });
    const headerLength = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(0, true);
    let note = '';
    while (headerLength(file(note)) < length) note += 'a'.repeat(length - headerLength(file(note)));
    expect(headerLength(file(note))).toBe(length);
    const path = join(folder, 'weights.bin');
    await writeFile(path, file(note));
    const opened = await openCheckpoint(path);
    expect([opened.format, ...opened.entries.keys()]).toEqual(['safetensors', 'w']);
    await opened.close();
  });

  it('takes the tensors whose keys begin as it is told, of a file that nests nothing', async () => {
    const path = join(folder, 'two.safetensors');
    const stored = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    await writeFile(path, serialiseSafetensors({ 'student.w': stored(1), 'teacher.w': stored(2) }));
    const file = await openCheckpoint(path, { container: 'teacher' });
    expect([...file.entries.keys()]).toEqual(['teacher.w']);
    expect((await file.read('teacher.w')).data).toEqual(Float32Array.of(2));
    await expect(file.read('student.w')).rejects.toMatchObject({ code: 'checkpoint/missing-key' });
    await file.close();
    await expect(openCheckpoint(path, { container: 'teach' })).rejects.toMatchObject({
      code: 'checkpoint/container',
      hint: 'It has student.w, teacher.w.',
    });
  });

  it('says when there is no file', async () => {
    await expect(openCheckpoint(join(folder, 'no.pth'))).rejects.toMatchObject({
      code: 'checkpoint/not-found',
    });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: 'checkpoint/read-failed' });
  });
});
