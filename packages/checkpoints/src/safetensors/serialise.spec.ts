import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@polytag/core';
import fc from 'fast-check';
import { halfToNumber, numberToHalf } from '../tensors/dtype.js';
import { parseSafetensors } from './parse.js';
import { serialiseSafetensors, type TensorToStore } from './serialise.js';
import { writeSafetensors } from './write-safetensors.js';

const anyTensor: fc.Arbitrary<TensorToStore> = fc
  .tuple(
    fc.array(fc.nat(3), { maxLength: 4 }),
    fc.constantFrom('F64', 'F32', 'I64', 'I32', 'I16', 'I8', 'U8'),
    fc.nat(),
  )
  .map(([shape, dtype, start]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: size }, (_, i) => ((start % 100) + i) % 128);
    const arrays = {
      F64: () => Float64Array.from(values, (v) => v / 3),
      F32: () => Float32Array.from(values, (v) => v / 3),
      I64: () => BigInt64Array.from(values, (v) => BigInt(v) * -(2n ** 40n)),
      I32: () => Int32Array.from(values, (v) => v * -65537),
      I16: () => Int16Array.from(values, (v) => v * -257),
      I8: () => Int8Array.from(values, (v) => -v),
      U8: () => Uint8Array.from(values),
    };
    return { shape, data: arrays[dtype as keyof typeof arrays]() };
  });

describe('serialiseSafetensors', () => {
  it('gives back what it was given, for any names, shapes and types', () => {
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, anyTensor), { selector: ([key]) => key, maxLength: 6 }),
        fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 3 }),
        (entries, metadata) => {
          const parsed = parseSafetensors(serialiseSafetensors(new Map(entries), metadata));
          expect(Object.entries(parsed.metadata).sort()).toEqual(Object.entries(metadata).sort());
          expect(parsed.tensors.size).toBe(entries.length);
          for (const [key, { shape, data }] of entries) {
            const found = parsed.tensors.get(key)!;
            expect(found.shape).toEqual(shape);
            expect(found.data).toEqual(data);
          }
        },
      ),
    );
  });

  it('aligns every tensor to its element size', () => {
    const bytes = serialiseSafetensors({
      flags: { shape: [3], data: Uint8Array.of(1, 0, 1), dtype: 'BOOL' },
      wide: { shape: [1], data: Float64Array.of(1) },
      narrow: { shape: [1], data: Float32Array.of(1) },
    });
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(header % 8).toBe(0);
    const json = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header)));
    expect(json.wide.data_offsets).toEqual([0, 8]);
    expect(json.narrow.data_offsets).toEqual([8, 12]);
    expect(json.flags).toEqual({ dtype: 'BOOL', shape: [3], data_offsets: [12, 15] });
  });

  it('keeps every half-precision number, and rounds the others to the nearest, ties to even', () => {
    const every = Array.from({ length: 0x10000 }, (_, bits) => bits);
    const changed = every.filter((bits) => {
      const value = halfToNumber(bits);
      return !Number.isNaN(value) && numberToHalf(value) !== bits;
    });
    expect(changed).toEqual([]);
    // Halfway between 1 and 1 + 2^-10 (even: 1), and between 1 + 2^-10 and 1 + 2^-9 (even: the upper).
    expect(halfToNumber(numberToHalf(1 + 2 ** -11))).toBe(1);
    expect(halfToNumber(numberToHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(halfToNumber(numberToHalf(65519.9))).toBe(65504);
    expect(halfToNumber(numberToHalf(65520))).toBe(Infinity);
    expect(numberToHalf(NaN) & 0x7fff).toBeGreaterThan(0x7c00);
  });

  it('writes brain floats, rounded to the nearest, ties to even', () => {
    const data = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -3.402e38, NaN);
    const stored = parseSafetensors(
      serialiseSafetensors({ a: { shape: [5], data, dtype: 'BF16' } }),
    ).tensors.get('a')!;
    expect(stored.dtype).toBe('BF16');
    expect([...stored.data]).toEqual([1, 1, 1 + 2 ** -6, -Infinity, NaN]);
  });

  it.each<[string, Record<string, TensorToStore>]>([
    ['a shape that does not fit', { a: { shape: [2], data: Float32Array.of(1) } }],
    ['a type that does not fit', { a: { shape: [1], data: Float32Array.of(1), dtype: 'I32' } }],
    ['the reserved name', { __metadata__: { shape: [1], data: Float32Array.of(1) } }],
  ])('refuses %s', (_, tensors) => {
    expect(() => serialiseSafetensors(tensors)).toThrow(UsageError);
  });
});

describe('writeSafetensors', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'polytag-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('writes the same bytes, replaces the old file and leaves nothing beside it', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, { old: { shape: [1], data: Float32Array.of(1) } });
    const tensors = { a: { shape: [2], data: Float32Array.of(1, 2) } };
    await writeSafetensors(path, tensors, { format: 'pt' });
    expect(new Uint8Array(await readFile(path))).toEqual(serialiseSafetensors(tensors, { format: 'pt' }));
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('keeps the old file when the new one cannot be put in place', async () => {
    const tensors = { a: { shape: [1], data: Float32Array.of(1) } };
    await expect(writeSafetensors(join(folder, 'missing', 'm.safetensors'), tensors)).rejects.toMatchObject({
      code: 'file/ENOENT',
    });
    await expect(writeSafetensors(folder, tensors)).rejects.toMatchObject({
      code: 'file/EISDIR',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
