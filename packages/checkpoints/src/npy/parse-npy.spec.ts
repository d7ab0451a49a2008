import { CheckpointError, RandomStream } from '@polytag/core';
import { parseNpy } from './parse-npy.js';

/** Files that NumPy 2.4 wrote, in base64. */
const FILES = {
  f4: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAQAAAQEAAAIBAAACgQAAAyMA=',
  fortran:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAADAAAAAQAAAAQAAAACAAAABQAAAABAAAADQAAAAUAAAARAAAACQAAABUAAAACAAAADgAAAAYAAAASAAAACgAAABYAAAADAAAADwAAAAcAAAATAAAACwAAABcAAAA=',
  f8version2:
    'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5PwAAAAAAAPB/',
  i8version3:
    'k05VTVBZAwB0AAAAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAwA==',
  u1: 'k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDEpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoB/w==',
  bool: 'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==',
  text: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPFUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAA',
  bigEndian:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/gAAA',
};
const bytesOf = (name: keyof typeof FILES) => new Uint8Array(Buffer.from(FILES[name], 'base64'));

/** A version 1 file with a header of our own. */
function file(header: string, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(10 + header.length + dataBytes);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}

describe('parseNpy', () => {
  it('reads what NumPy wrote', () => {
    expect(parseNpy(bytesOf('f4'))).toEqual({
      dtype: 'F32',
      shape: [2, 3],
      data: Float32Array.of(1.5, 2, 3, 4, 5, -6.25),
    });
    expect(parseNpy(bytesOf('f8version2'))).toEqual({
      dtype: 'F64',
      shape: [2],
      data: Float64Array.of(0.1, Infinity),
    });
    expect(parseNpy(bytesOf('i8version3'))).toEqual({
      dtype: 'I64',
      shape: [],
      data: BigInt64Array.of(-(2n ** 62n)),
    });
    expect(parseNpy(bytesOf('u1'))).toEqual({ dtype: 'U8', shape: [2, 1], data: Uint8Array.of(1, 255) });
    expect(parseNpy(bytesOf('bool'))).toEqual({ dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) });
  });

  it('turns Fortran order into row-major', () => {
    // The file is numpy.arange(24).reshape(2, 3, 4), stored column-major.
    const { shape, data } = parseNpy(bytesOf('fortran'));
    expect(shape).toEqual([2, 3, 4]);
    expect([...(data as Int32Array)]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it('reads the forms other writers use', () => {
    const header = `{"shape": (2L,), "fortran_order": False, "descr": "<i4"}`;
    expect(parseNpy(file(header, 8)).shape).toEqual([2]);
  });

  const plain = (shape: string, descr = "'<f4'") =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

  it.each([
    ['checkpoint/npy-dtype', bytesOf('text')],
    ['checkpoint/npy-dtype', bytesOf('bigEndian')],
    ['checkpoint/npy-dtype', file(plain('(1,)', "'|O'"), 4)],
    ['checkpoint/npy-header', file(plain('(1,)', "[('x', '<f4')]"), 4)],
    ['checkpoint/npy-header', file(plain('(1)'), 4)],
    ['checkpoint/npy-header', file(plain('(-1,)'), 4)],
    ['checkpoint/npy-header', file(plain('(1 1)'), 4)],
    ['checkpoint/npy-header', file(plain('(1,)').replace('}', ''), 4)],
    ['checkpoint/npy-header', file(plain('(1,)') + 'print', 4)],
    [
      'checkpoint/npy-header',
      file("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4),
    ],
    ['checkpoint/npy-header', file("{'descr': '<f4', 'shape': ()}", 4)],
    ['checkpoint/npy-header', new TextEncoder().encode('PK\u0003\u0004')],
    ['checkpoint/npy-header', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0)],
    ['checkpoint/npy-header', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255)],
    ['checkpoint/truncated', bytesOf('f4').subarray(0, 9)],
    ['checkpoint/truncated', bytesOf('f4').subarray(0, 90)],
    ['checkpoint/truncated', bytesOf('f4').subarray(0, 150)],
    ['checkpoint/size', file(plain('(1,)'), 5)],
  ])('refuses with %s', (code, bytes) => {
    let found: unknown;
    try {
      parseNpy(bytes);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(CheckpointError);
    expect((found as CheckpointError).code).toBe(code);
  });

  it('reads or refuses damaged files with a CheckpointError, never anything else', () => {
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      const random = new RandomStream(2, `npy/${i}`);
      const names = Object.keys(FILES) as (keyof typeof FILES)[];
      let bytes = bytesOf(names[random.integer(names.length)]);
      if (i % 3 === 0) bytes = bytes.slice(0, random.integer(bytes.length));
      else
        for (let n = random.integer(3); n >= 0; n--)
          bytes[random.integer(Math.min(bytes.length, 72))] = random.integer(256);
      try {
        parseNpy(bytes);
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
