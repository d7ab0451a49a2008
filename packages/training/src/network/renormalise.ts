import { add, mul, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { PixelNormalisation, Preprocessing } from '@polytag/core';

/** Turns images that were normalised for one network into those that another expects. */
export type Renormalise = (images: Tensor) => Tensor;

/**
 * Both are p ↦ (p − mean)/std of the same pixels p, so one follows from the other: with x = (p − m)/s,
 * (p − m')/s' = x·s/s' + (m − m')/s', for each channel. Where they are the same, images stay as they are, to the bit.
 *
 * @returns a function of [B, H, W, 3] to [B, H, W, 3]
 */
export function renormalisation(from: PixelNormalisation, to: PixelNormalisation): Renormalise {
  const factors = from.std.map((std, channel) => std / to.std[channel]);
  const offsets = from.mean.map((mean, channel) => (mean - to.mean[channel]) / to.std[channel]);
  if (factors.every((factor) => factor === 1) && offsets.every((offset) => offset === 0))
    return (images) => images;
  return (images) => tidy(() => add(mul(images, tensor1d(factors)), tensor1d(offsets)));
}

/** A model, as far as its images are concerned. */
export interface Preprocessed {
  /** Absent where they are the main model's. */
  readonly preprocessing?: Preprocessing;
}

/** What a model of a run needs of batches that were made for the main one. */
export const ownPixels = (
  { preprocessing: main }: Preprocessed,
  { preprocessing: own }: Preprocessed,
): Renormalise => (main && own ? renormalisation(main.normalisation, own.normalisation) : (images) => images);
