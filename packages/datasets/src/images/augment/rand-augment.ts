import type { RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import type { RandAugmentSettings } from './augmentation-settings.js';
import {
  RAND_AUGMENT_OPERATIONS,
  type RandAugmentOperation,
  type RandAugmentOperationName,
} from './rand-augment-operations.js';

/** An operation to apply, with its signed magnitude. */
export interface DrawnOperation {
  readonly name: RandAugmentOperationName;
  readonly magnitude: number;
}

/**
 * Draws the operations of RandAugment for one image: `draws` pairs of an operation and a magnitude index 1 to 9,
 * uniform and independent; each is applied with `probability` (docs/method.md#randaugment).
 *
 * @returns the operations to apply, in order
 */
export function drawRandAugment(settings: RandAugmentSettings, stream: RandomStream): DrawnOperation[] {
  const { draws, probability, operations } = settings;
  const drawn: DrawnOperation[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const name = operations[stream.integer(operations.length)];
    const { magnitudes, signed }: RandAugmentOperation = RAND_AUGMENT_OPERATIONS[name];
    const magnitude = magnitudes[1 + stream.integer(magnitudes.length - 1)];
    const sign = stream.integer(2) === 0 ? -1 : 1;
    if (stream.uniform() < probability)
      drawn.push({ name, magnitude: signed ? sign * magnitude : magnitude });
  }
  return drawn;
}

/** RandAugment with two draws out of 15 operations as in the package `randaugment` 1.0.2. */
export function randAugment(image: RgbImage, settings: RandAugmentSettings, stream: RandomStream): RgbImage {
  return drawRandAugment(settings, stream).reduce((before, { name, magnitude }) => {
    const operation: RandAugmentOperation = RAND_AUGMENT_OPERATIONS[name];
    return operation.apply(before, magnitude, stream);
  }, image);
}
