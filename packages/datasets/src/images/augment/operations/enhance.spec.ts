import { blend, brightness, color, contrast, sharpness } from './enhance.js';
import { every, imageOf, levelsOf, row } from './images.fixture.js';

it('changes no input', () => {
  const before = [...every.pixels];
  for (const change of [brightness, color, contrast, sharpness]) change(every, 1.7);
  expect([...every.pixels]).toEqual(before);
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
