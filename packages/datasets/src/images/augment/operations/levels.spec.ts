import { autoContrast, equalize, invert, posterize, solarize } from './levels.js';
import { every, imageOf, levelsOf, row } from './images.fixture.js';

it('changes no input', () => {
  const before = [...every.pixels];
  for (const change of [invert, autoContrast, equalize]) change(every);
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
