import { CheckpointError } from '@polytag/core';
import { halfToNumber } from '../tensors/dtype.js';
import { parseSafetensors } from './parse.js';

/** A file of a given header text (or object) and data. */
function file(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const payload = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + text.length + payload.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(payload, 8 + text.length);
  return bytes;
}

const codeOf = (bytes: Uint8Array): string => {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    if (error instanceof CheckpointError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('parseSafetensors', () => {
  it('reads tensors that start at an unaligned byte', () => {
    const data = new Uint8Array(1 + 8 + 16);
    data[0] = 7;
    const view = new DataView(data.buffer);
    view.setFloat32(1, 1.5, true);
    view.setFloat32(5, -0.25, true);
    view.setBigInt64(9, -(2n ** 62n), true);
    view.setBigInt64(17, 3n, true);
    const header = {
      __metadata__: { format: 'pt' },
      floats: { dtype: 'F32', shape: [2, 1], data_offsets: [1, 9] },
      byte: { dtype: 'U8', shape: [], data_offsets: [0, 1] },
      longs: { dtype: 'I64', shape: [2], data_offsets: [9, 25] },
    };
    const { tensors, metadata } = parseSafetensors(file(header, data));
    expect(metadata).toEqual({ format: 'pt' });
    expect([...tensors.keys()]).toEqual(['byte', 'floats', 'longs']);
    expect(tensors.get('byte')).toEqual({ dtype: 'U8', shape: [], data: Uint8Array.of(7) });
    expect(tensors.get('floats')).toEqual({ dtype: 'F32', shape: [2, 1], data: Float32Array.of(1.5, -0.25) });
    expect(tensors.get('longs')).toEqual({
      dtype: 'I64',
      shape: [2],
      data: BigInt64Array.of(-(2n ** 62n), 3n),
    });
  });

  it('copies: changing the bytes afterwards changes no tensor', () => {
    const bytes = file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, Uint8Array.of(5));
    const { tensors } = parseSafetensors(bytes);
    bytes.fill(0);
    expect(tensors.get('a')!.data[0]).toBe(5);
  });

  it('reads from a view into a larger buffer', () => {
    const inner = file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, Uint8Array.of(5));
    const outer = new Uint8Array(inner.length + 6);
    outer.set(inner, 3);
    expect(parseSafetensors(outer.subarray(3, 3 + inner.length)).tensors.get('a')!.data[0]).toBe(5);
  });

  it('widens half and brain floats exactly', () => {
    // IEEE 754 binary16: largest, smallest subnormal, smallest normal, −2, infinity; bfloat16: high half of float32.
    const half = [0x7bff, 0x0001, 0x0400, 0xc000, 0x7c00, 0x3555];
    const brain = [0x3f80, 0xc040, 0x7f80, 0x0001];
    const data = new Uint8Array(Uint16Array.from([...half, ...brain]).buffer);
    const { tensors } = parseSafetensors(
      file(
        {
          h: { dtype: 'F16', shape: [6], data_offsets: [0, 12] },
          b: { dtype: 'BF16', shape: [4], data_offsets: [12, 20] },
        },
        data,
      ),
    );
    expect([...tensors.get('h')!.data]).toEqual([65504, 2 ** -24, 2 ** -14, -2, Infinity, 0.333251953125]);
    expect([...tensors.get('b')!.data]).toEqual([1, -3, Infinity, 2 ** -133]);
    expect(halfToNumber(0x7e00)).toBeNaN();
    expect(Object.is(halfToNumber(0x8000), -0)).toBe(true);
  });

  it('accepts an empty file of tensors, and tensors without elements', () => {
    expect(parseSafetensors(file('{}')).tensors.size).toBe(0);
    const header = {
      a: { dtype: 'F32', shape: [0, 3], data_offsets: [0, 0] },
      b: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      c: { dtype: 'F32', shape: [0], data_offsets: [1, 1] },
    };
    expect(parseSafetensors(file(header, 1)).tensors.get('a')!.data.length).toBe(0);
  });

  const one = (entry: object) => ({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4], ...entry } });

  it.each([
    ['checkpoint/truncated', Uint8Array.of(1, 2)],
    ['checkpoint/truncated', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 123, 125)],
    ['checkpoint/header-size', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123, 125)],
    ['checkpoint/header-json', file('not json')],
    ['checkpoint/header-json', file('[]')],
    ['checkpoint/header-json', file('')],
    ['checkpoint/header-json', file({ a: 3 })],
    ['checkpoint/header-json', file({ __metadata__: { a: 1 } })],
    [
      'checkpoint/duplicate-tensor',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
    ],
    [
      'checkpoint/duplicate-tensor',
      file('{"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}'),
    ],
    ['checkpoint/dtype', file(one({ dtype: 'F8' }), 4)],
    ['checkpoint/dtype', file(one({ dtype: 'toString' }), 4)],
    ['checkpoint/shape', file(one({ shape: [-4] }), 4)],
    ['checkpoint/shape', file(one({ shape: [1.5] }), 4)],
    ['checkpoint/shape', file(one({ shape: '4' }), 4)],
    ['checkpoint/shape', file(one({ shape: [4, ...Array(64).fill(1)] }), 4)],
    // Nested deeper than JSON can be written.
    [
      'checkpoint/dtype',
      file(`{"a":{"dtype":${'['.repeat(1e6)}${']'.repeat(1e6)},"shape":[4],"data_offsets":[0,4]}}`, 4),
    ],
    // Of 8 MB there would be no end of arrays.
    ['checkpoint/header-size', file('['.repeat(2 ** 23 + 1))],
    ['checkpoint/size', file(one({ shape: [5] }), 4)],
    ['checkpoint/size', file(one({ shape: [2 ** 30, 2 ** 30, 2 ** 30] }), 4)],
    ['checkpoint/offsets', file(one({ data_offsets: [0, 4, 5] }), 4)],
    ['checkpoint/offsets', file(one({ data_offsets: [4, 0] }), 4)],
    ['checkpoint/offsets', file(one({ data_offsets: [0, 4] }), 3)],
    ['checkpoint/hole', file(one({}), 5)],
    ['checkpoint/hole', file(one({ data_offsets: [1, 5] }), 5)],
    ['checkpoint/overlap', file({ ...one({}), b: { dtype: 'U8', shape: [2], data_offsets: [3, 5] } }, 5)],
  ])('refuses with %s', (code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('names a tensor on one line, and cuts what is long', () => {
    const name = `a\u001b[31m\n${'x'.repeat(1e6)}`;
    const read = () =>
      parseSafetensors(file({ [name]: { dtype: 'F32', shape: [1], data_offsets: [0, 8] } }, 8));
    // No control characters, line breaks included.
    expect(read).toThrow(/^\P{Cc}{1,300}$/u);
  });

  it('names the file in its errors', () => {
    expect(() => parseSafetensors(file('{'), { source: 'weights/a.safetensors' })).toThrow(
      /^weights\/a\.safetensors: /,
    );
  });
});
