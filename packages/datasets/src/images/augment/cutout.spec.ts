import { RandomStream } from '@polytag/core';
import { cutout, cutoutArea } from './cutout.js';

const blank = { pixels: new Uint8Array(448 * 448 * 3), height: 448, width: 448 };

it('covers the centre ± half a side, both ends included', () => {
  // docs/method.md#cutout: factor 0.4 of 448 is a side of 179, its half 89.
  const area = cutoutArea(blank, 0.4, { y: 200, x: 300 });
  expect(area).toEqual({ left: 211, top: 111, right: 390, bottom: 290 });
});

it('is clipped at the borders, and follows each side of an image that is not square', () => {
  expect(cutoutArea({ height: 10, width: 40 }, 0.5, { y: 0, x: 39 })).toEqual({
    left: 29,
    top: 0,
    right: 40,
    bottom: 3,
  });
});

it('fills with one random colour, in the given share of images', () => {
  const small = { pixels: new Uint8Array(20 * 20 * 3).fill(1), height: 20, width: 20 };
  const colours = new Set<string>();
  let changed = 0;
  for (let i = 0; i < 400; i++) {
    const { pixels } = cutout(small, { probability: 0.3, factor: 0.4 }, new RandomStream(5, `cutout/0/${i}`));
    const found = new Set<string>();
    for (let at = 0; at < pixels.length; at += 3) found.add(String(pixels.subarray(at, at + 3)));
    found.delete('1,1,1');
    expect(found.size).toBeLessThanOrEqual(1);
    changed += found.size;
    found.forEach((colour) => colours.add(colour));
  }
  // 120 expected, standard deviation 9.2.
  expect(Math.abs(changed - 120)).toBeLessThan(28);
  expect(colours.size).toBe(changed);
  expect([...small.pixels].every((level) => level === 1)).toBe(true);
});
