import type { RgbImage } from '../../decode-image.js';
import { autoContrast } from './auto-contrast.js';
import { blend } from './blend.js';
import { brightness } from './brightness.js';
import { color } from './color.js';
import { contrast } from './contrast.js';
import { equalize } from './equalize.js';
import { invert } from './invert.js';
import { posterize } from './posterize.js';
import { sharpness } from './sharpness.js';
import { solarize } from './solarize.js';

const imageOf = (height: number, width: number, level: (i: number) => number): RgbImage => ({
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) => level(i)),
  height,
  width,
});
const row = (...levels: number[]) => imageOf(1, levels.length / 3, (i) => levels[i]);
const levelsOf = (image: RgbImage) => [...image.pixels];
/** Every level in every channel, in an order without a pattern. */
const every = imageOf(16, 16, (i) => (Math.floor(i / 3) * 101 + (i % 3) * 37) % 256);

it('changes no input', () => {
  const before = [...every.pixels];
  const all = [invert, autoContrast, equalize];
  for (const change of all) change(every);
  for (const change of [brightness, color, contrast, sharpness]) change(every, 1.7);
  posterize(every, 4);
  solarize(every, 100);
  expect([...every.pixels]).toEqual(before);
});

it('inverts twice to the same', () => {
  expect(levelsOf(invert(row(0, 100, 255)))).toEqual([255, 155, 0]);
  expect(invert(invert(every))).toEqual(every);
});

it('posterizes to the highest bits', () => {
  expect(levelsOf(posterize(row(255, 17, 15), 4))).toEqual([240, 16, 0]);
  expect(posterize(every, 8)).toEqual(every);
});

it('solarizes what reaches the threshold', () => {
  expect(levelsOf(solarize(row(99, 100, 101), 100))).toEqual([99, 155, 154]);
  // Thresholds of RandAugment are not whole: 227.6 lets 227 pass.
  expect(levelsOf(solarize(row(227, 228, 0), 227.56))).toEqual([227, 27, 0]);
  expect(solarize(every, 256)).toEqual(every);
  expect(solarize(every, 0)).toEqual(invert(every));
});

it('brightens by a factor, cut off and clipped', () => {
  expect(levelsOf(brightness(row(101, 255, 3), 0.5))).toEqual([50, 127, 1]);
  expect(levelsOf(brightness(row(100, 150, 3), 1.9))).toEqual([190, 255, 5]);
});

it('takes contrast from the mean luma', () => {
  // Lumas 0.299 · 200 = 59.8 and 0.587 · 100 + 0.114 · 50 = 64.4 are rounded to 60 and 64: mean 62.
  const image = row(200, 0, 0, 0, 100, 50);
  expect(levelsOf(contrast(image, 0))).toEqual([62, 62, 62, 62, 62, 62]);
  expect(levelsOf(contrast(image, 0.5))).toEqual([131, 31, 31, 31, 81, 56]);
  expect(levelsOf(contrast(image, 1.5))).toEqual([255, 0, 0, 0, 119, 44]);
});

it('takes colour to its luma', () => {
  expect(levelsOf(color(row(200, 0, 0, 0, 100, 50), 0))).toEqual([60, 60, 60, 64, 64, 64]);
  const grey = imageOf(4, 4, (i) => Math.floor(i / 3) * 16);
  expect(color(grey, 1.9)).toEqual(grey);
});

it('smooths with weights 5 and 1, but not the border', () => {
  const dot = imageOf(5, 5, (i) => (i === 12 * 3 ? 130 : 0));
  const red = levelsOf(sharpness(dot, 0)).filter((_, i) => i % 3 === 0);
  // prettier-ignore
  expect(red).toEqual([
    0, 0, 0, 0, 0,
    0, 10, 10, 10, 0,
    0, 10, 50, 10, 0,
    0, 10, 10, 10, 0,
    0, 0, 0, 0, 0,
  ]);
  const flat = imageOf(5, 5, () => 77);
  expect(sharpness(flat, 1.9)).toEqual(flat);
  // Too small to have an inside.
  expect(sharpness(row(1, 2, 3, 4, 5, 6), 0)).toEqual(row(1, 2, 3, 4, 5, 6));
});

it.each([brightness, contrast, color, sharpness])('leaves all as it is at factor 1: %p', (enhance) => {
  expect(enhance(every, 1)).toEqual(every);
});

it('blends in float32, where a double would give another level', () => {
  for (const factor of [0.1, 0.3, 0.7, 1.1, 1.9]) {
    const from = imageOf(16, 16, (i) => (i * 53) % 256);
    const expected = from.pixels.map((start, i) => {
      const level = Math.fround(start + Math.fround(Math.fround(factor) * (every.pixels[i] - start)));
      return Math.floor(Math.min(Math.max(level, 0), 255));
    });
    expect(blend(from.pixels, every, factor).pixels).toEqual(expected);
  }
});

it('stretches each channel to the full range by itself', () => {
  expect(levelsOf(autoContrast(row(10, 0, 7, 20, 255, 7, 30, 100, 7)))).toEqual([
    0, 0, 7, 127, 255, 7, 255, 100, 7,
  ]);
});

describe('equalize', () => {
  it('keeps channels of too few levels', () => {
    const flat = imageOf(20, 20, () => 9);
    expect(equalize(flat)).toEqual(flat);
    expect(equalize(row(1, 2, 3, 4, 5, 6))).toEqual(row(1, 2, 3, 4, 5, 6));
  });

  it('keeps the order of levels and uses the whole range', () => {
    // 40 x 40 pixels of levels 100 to 139, as many of each: step (1600 − 40) / 255 = 6.
    const band = imageOf(40, 40, (i) => 100 + (Math.floor(i / 3) % 40));
    const first = levelsOf(equalize(band)).filter((_, i) => i % 3 === 0 && i < 40 * 3);
    expect(first).toEqual(Array.from({ length: 40 }, (_, k) => Math.min(Math.floor((3 + 40 * k) / 6), 255)));
  });
});
