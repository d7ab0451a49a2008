import fc from 'fast-check';
import { fnv1a, philox, RandomStream } from './random-stream.js';

describe('philox 4x32-10', () => {
  // Known answers published with the Random123 library (kat_vectors).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('counter %p, key %p', (counter, key, expected) => {
    expect(philox([...counter], [...key])).toEqual([...expected]);
  });
});

describe('RandomStream', () => {
  it('continues from a saved state as if never interrupted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.string(), fc.nat(20), (seed, name, drawn) => {
        const stream = new RandomStream(seed, name);
        for (let i = 0; i < drawn; i++) stream.nextUint32();
        const restored = RandomStream.restore(JSON.parse(JSON.stringify(stream.state)));
        expect([restored.uniform(), restored.normal()]).toEqual([stream.uniform(), stream.normal()]);
      }),
    );
  });

  it('gives other numbers for another name or seed', () => {
    const first = (stream: RandomStream) => [stream.nextUint32(), stream.nextUint32()];
    expect(first(new RandomStream(1, 'a'))).not.toEqual(first(new RandomStream(1, 'b')));
    expect(first(new RandomStream(1, 'a'))).not.toEqual(first(new RandomStream(2, 'a')));
  });

  it('forks without moving the parent', () => {
    const parent = new RandomStream(7, 'run');
    parent.fork('shuffle').nextUint32();
    expect(parent.state.position).toBe(0);
  });

  it('draws uniforms and normals with the right moments', () => {
    const stream = new RandomStream(5, 'moments');
    const n = 20000;
    const uniforms = Array.from({ length: n }, () => stream.uniform());
    const normals = Array.from({ length: n }, () => stream.normal());
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / n;
    // Five standard errors: 5/sqrt(12 n) and 5/sqrt(n).
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
    expect(Math.abs(mean(normals))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean(normals.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
  });

  it('permutes: every position once, every first element equally often', () => {
    const counts = new Array(5).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const order = new RandomStream(seed).permutation(5);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      counts[order[0]]++;
    }
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(5 * Math.sqrt(400 * 0.8));
  });
});

describe('fnv1a', () => {
  // Test vectors of the FNV authors' page for 32-bit FNV-1a.
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('%p', (text, hash) => {
    expect(fnv1a(text)).toBe(hash);
  });
});
