import { RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import { augmentationSchema, type RandAugmentSettings } from './augmentation-settings.js';
import { RAND_AUGMENT_NAMES, RAND_AUGMENT_OPERATIONS } from './rand-augment-operations.js';
import { drawRandAugment, randAugment } from './rand-augment.js';

const settings = augmentationSchema.parse({ randAugment: true }).randAugment as RandAugmentSettings;
const drawsOf = (images: number, given = settings) =>
  Array.from({ length: images }, (_, i) =>
    drawRandAugment(given, new RandomStream(5, `rand-augment/0/${i}`)),
  );

describe('drawRandAugment', () => {
  it('applies one operation an image on average, each name as often', () => {
    const drawn = drawsOf(6000);
    const counts = [0, 1, 2].map((n) => drawn.filter(({ length }) => length === n).length);
    // A quarter, a half and a quarter of 6000, standard deviations 34, 39 and 34.
    expect(Math.abs(counts[0] - 1500)).toBeLessThan(120);
    expect(Math.abs(counts[1] - 3000)).toBeLessThan(140);
    expect(counts[0] + counts[1] + counts[2]).toBe(6000);
    const all = drawn.flat();
    for (const name of RAND_AUGMENT_NAMES) {
      // 400 expected, standard deviation 20.
      expect(Math.abs(all.filter((one) => one.name === name).length - 400)).toBeLessThan(75);
    }
  });

  it('draws magnitudes 1 to 9 of the table, with either sign where it has one', () => {
    const all = drawsOf(6000).flat();
    for (const name of RAND_AUGMENT_NAMES) {
      const { magnitudes, signed } = RAND_AUGMENT_OPERATIONS[name];
      const drawn = magnitudes.slice(1);
      const allowed = signed ? [...drawn, ...drawn.map((magnitude) => -magnitude)] : drawn;
      const found = new Set(all.filter((one) => one.name === name).map(({ magnitude }) => magnitude));
      expect([...found].sort()).toEqual([...new Set(allowed)].sort());
    }
  });

  it('follows its settings', () => {
    const given: RandAugmentSettings = { draws: 3, probability: 1, operations: ['Invert'] };
    expect(drawsOf(1, given)).toEqual([Array.from({ length: 3 }, () => ({ name: 'Invert', magnitude: 0 }))]);
    expect(drawsOf(20, { ...given, probability: 0 }).flat()).toEqual([]);
  });
});

it('applies what is drawn, in order', () => {
  const image = {
    pixels: Uint8Array.from({ length: 12 * 10 * 3 }, (_, i) => (i * 37) % 256),
    height: 12,
    width: 10,
  };
  for (let i = 0; i < 40; i++) {
    const stream = () => new RandomStream(1, `${i}`);
    const drawn = drawRandAugment(settings, stream());
    if (drawn.some(({ name }) => name === 'Cutout')) continue;
    const expected = drawn.reduce<RgbImage>(
      (before, { name, magnitude }) => RAND_AUGMENT_OPERATIONS[name].apply(before, magnitude, stream()),
      image,
    );
    expect(randAugment(image, settings, stream())).toEqual(expected);
  }
});

it('cuts an even square of (125, 122, 113) around a place in the image', () => {
  const blank = { pixels: new Uint8Array(7 * 8 * 3), height: 7, width: 8 };
  const sizes = Array.from({ length: 400 }, (_, i) => {
    const { pixels } = RAND_AUGMENT_OPERATIONS.Cutout.apply(blank, 7, new RandomStream(i));
    const covered = [...pixels.keys()].filter((at) => at % 3 === 0 && pixels[at] === 125);
    for (const at of covered) expect([pixels[at + 1], pixels[at + 2]]).toEqual([122, 113]);
    return covered.length;
  });
  // 7 pixels: half is 3, so 6 x 6, and at least a corner of 3 x 3 where the border clips it.
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([9, 36]);
});
