import { RandomStream } from '@polytag/core';
import { augmentImage, type EpochAugmentation } from './augment-image.js';
import { augmentationSchema, type AugmentationInput } from './augmentation-settings.js';
import { cutout } from './cutout.js';
import { mirror } from './operations/place.js';
import { randAugment } from './rand-augment.js';

const image = {
  pixels: Uint8Array.from({ length: 20 * 24 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
  height: 20,
  width: 24,
};
const settings = (input: AugmentationInput, flipProbability = 0, epoch = 0): EpochAugmentation => ({
  augment: augmentationSchema.parse(input),
  flipProbability,
  seed: 5,
  epoch,
});

it('is RandAugment, then Cutout, then the mirror image (docs/method.md#augmentation)', () => {
  const all = settings({ randAugment: { probability: 1 }, cutout: { probability: 1 } }, 1, 3);
  const { augment } = all;
  if (!augment.randAugment || !augment.cutout) throw new Error('both are on');
  for (let index = 0; index < 12; index++) {
    const drawn = randAugment(image, augment.randAugment, new RandomStream(5, `rand-augment/3/${index}`));
    const covered = cutout(drawn, augment.cutout, new RandomStream(5, `cutout/3/${index}`));
    expect(augmentImage(image, index, all)).toEqual(mirror(covered));
  }
});

it('changes each image anew in each epoch, and leaves what is given as it is', () => {
  const input = { randAugment: { probability: 1 }, crop: true, colourJitter: true, cutout: true };
  const before = [...image.pixels];
  const versions = new Set<string>();
  for (const epoch of [0, 1]) {
    for (const index of [0, 1, 2]) {
      const changed = augmentImage(image, index, settings(input, 0.5, epoch));
      expect([changed.height, changed.width, changed.pixels.length]).toEqual([20, 24, 20 * 24 * 3]);
      versions.add(String(changed.pixels));
    }
  }
  expect(versions.size).toBe(6);
  expect([...image.pixels]).toEqual(before);
});

it('gives the image itself when all is off', () => {
  expect(augmentImage(image, 0, settings({}))).toBe(image);
});
