import { memory, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { HALF, IMAGENET, UNIT, type PixelNormalisation } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { renormalisation } from './renormalise.js';

beforeAll(() => useEngine('cpu'));

/** Every level in every channel: [16, 16, 3]. */
const normalised = ({ mean, std }: PixelNormalisation) =>
  Array.from({ length: 256 * 3 }, (_, i) => (Math.floor(i / 3) / 255 - mean[i % 3]) / std[i % 3]);
const images = (normalisation: PixelNormalisation) => tensor4d(normalised(normalisation), [1, 16, 16, 3]);

it.each([
  ['half to imagenet', HALF, IMAGENET],
  ['imagenet to half', IMAGENET, HALF],
  ['imagenet to unit', IMAGENET, UNIT],
  ['unit to half', UNIT, HALF],
])('gives what the pixels are when they are normalised the other way: %s', (_, from, to) => {
  const before = memory().numTensors;
  const got = tidy(() => Array.from(renormalisation(from, to)(images(from)).dataSync()));
  expect(memory().numTensors).toBe(before);
  const expected = normalised(to);
  expect(got).toHaveLength(expected.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
});

it('leaves images that are right as they are', () => {
  const right = images(IMAGENET);
  expect(renormalisation(IMAGENET, { mean: [...IMAGENET.mean], std: [...IMAGENET.std] })(right)).toBe(right);
  right.dispose();
});
