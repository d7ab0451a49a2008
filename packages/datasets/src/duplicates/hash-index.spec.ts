import { RandomStream } from '@polytag/core';
import { hammingDistance, HashIndex } from './hash-index.js';

const bits = (value: number) => (value >>> 0).toString(2).split('1').length - 1;

it('counts the bits that differ', () => {
  const random = new RandomStream(1);
  for (let i = 0; i < 200; i++) {
    const [a, b, c, d] = Array.from({ length: 4 }, () => random.nextUint32() | 0);
    expect(hammingDistance(a, b, c, d)).toBe(bits(a ^ c) + bits(b ^ d));
  }
  expect([hammingDistance(0, 0, -1, -1), hammingDistance(5, -9, 5, -9)]).toEqual([64, 0]);
});

it.each([0, 3, 4, 11, 15])(
  'finds each hash within %i bits, once, as looking at all of them does',
  (radius) => {
    const random = new RandomStream(2);
    // Half of the hashes are a few changed bits from others.
    const hashes = new Int32Array(2 * 400);
    for (let i = 0; i < 400; i++) {
      const near = i % 2 && i > 1 ? i - 1 - 2 * random.integer(i >> 1) : undefined;
      for (const half of [0, 1]) {
        let value = near === undefined ? random.nextUint32() | 0 : hashes[2 * near + half];
        for (let n = 0; near !== undefined && n < 9; n++) value ^= 1 << random.integer(32);
        hashes[2 * i + half] = value;
      }
    }
    const index = new HashIndex(hashes, radius);
    let found = 0;
    for (let i = 0; i < 400; i++) {
      const seen: [number, number][] = [];
      index.near(hashes[2 * i], hashes[2 * i + 1], (j, distance) => seen.push([j, distance]));
      const all = Array.from(
        { length: 400 },
        (_, j) =>
          [j, hammingDistance(hashes[2 * i], hashes[2 * i + 1], hashes[2 * j], hashes[2 * j + 1])] as const,
      );
      expect(seen.sort(([a], [b]) => a - b)).toEqual(all.filter(([, distance]) => distance <= radius));
      found += seen.length;
    }
    expect(found).toBeGreaterThanOrEqual(400);
  },
);
