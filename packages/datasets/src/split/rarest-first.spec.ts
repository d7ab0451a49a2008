import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { RarestFirst } from './rarest-first.js';

it('finds the least count above 0 while counts fall', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 12 }), fc.nat(), (given, seed) => {
      const random = new RandomStream(seed);
      const counts = [...given];
      const rarest = new RarestFirst(counts, random.permutation(counts.length));
      for (;;) {
        const found = rarest.rarest();
        const left = counts.filter((count) => count > 0);
        if (left.length === 0) return expect(found).toBeUndefined();
        expect(counts[found!]).toBe(Math.min(...left));
        const above = [...counts.keys()].filter((key) => counts[key] > 0);
        const key = above[random.integer(above.length)];
        rarest.lower(key);
        counts[key]--;
      }
    }),
  );
});

it('takes equal counts in the order given', () => {
  expect(new RarestFirst([3, 2, 2, 0], Uint32Array.of(3, 2, 0, 1)).rarest()).toBe(2);
});
