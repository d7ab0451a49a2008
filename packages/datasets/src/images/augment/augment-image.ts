import { RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import type { Augmentation } from './augmentation-settings.js';
import { colourJitter } from './colour-jitter.js';
import { cutout } from './cutout.js';
import { mirror } from './operations/place.js';
import { randAugment } from './rand-augment.js';
import { randomCrop } from './random-crop.js';

/** Augmentation of the images of an epoch. */
export interface EpochAugmentation {
  readonly augment: Augmentation;
  /** Probability of mirroring left to right. */
  readonly flipProbability: number;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * Augments a resized image for training: crop, RandAugment, colour jitter, Cutout, mirroring. RandAugment, Cutout and
 * mirroring are the paper's (docs/method.md#augmentation). Each draws from its own random stream, `rand-augment/e/i`
 * and so on, where e is the epoch and i the image's index in its data set, so they do not depend on each other, the
 * batch or the thread.
 *
 * @returns an image of the same size; `image` itself if nothing changed
 */
export function augmentImage(
  image: RgbImage,
  index: number,
  { augment, flipProbability, seed, epoch }: EpochAugmentation,
): RgbImage {
  const stream = (name: string) => new RandomStream(seed, `${name}/${epoch}/${index}`);
  let changed = image;
  if (augment.crop) changed = randomCrop(changed, augment.crop, stream('crop'));
  if (augment.randAugment) changed = randAugment(changed, augment.randAugment, stream('rand-augment'));
  if (augment.colourJitter) changed = colourJitter(changed, augment.colourJitter, stream('colour-jitter'));
  if (augment.cutout) changed = cutout(changed, augment.cutout, stream('cutout'));
  if (isMirrored(index, { flipProbability, seed, epoch })) changed = mirror(changed);
  return changed;
}

/** Whether an epoch mirrors an image. */
export function isMirrored(
  index: number,
  { flipProbability, seed, epoch }: Pick<EpochAugmentation, 'flipProbability' | 'seed' | 'epoch'>,
): boolean {
  return flipProbability > 0 && new RandomStream(seed, `flip/${epoch}/${index}`).uniform() <= flipProbability;
}
