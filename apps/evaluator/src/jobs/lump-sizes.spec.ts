import { isTried, lumpSize } from './lump-sizes.js';

/** Sizes of the jobs of a list. */
function cut(images: number, rate: number | undefined): number[] {
  const sizes: number[] = [];
  for (let position = 0; position < images; position += sizes.at(-1)!) sizes.push(lumpSize(position, rate));
  return sizes;
}

it('cuts a short list into jobs that several workers share, a long one into jobs of a minute', () => {
  expect(cut(2000, 100)).toEqual([64, 64, 64, 64, 500, 500, 500, 500]);
  const long = cut(1e6, 100);
  expect(Math.max(...long)).toBe(6000);
  expect(long.length).toBeLessThan(200);
  // What is left for one worker at the end is little of the whole.
  expect(Math.max(...cut(10_000, 5))).toBeLessThanOrEqual(300);
});

it('gives a slow network no less than it takes at once, and cuts evenly while nobody knows the rate', () => {
  expect(cut(400, 0.3).slice(4)).toEqual(Array(8).fill(18));
  expect(new Set(cut(1000, undefined))).toEqual(new Set([64]));
  expect([isTried(255), isTried(256)]).toEqual([true, false]);
});
