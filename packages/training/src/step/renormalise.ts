import { add, mul, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { PixelNormalisation } from '@polytag/core';

/**
 * Turns images that were normalised for one network into those that another expects. Both are p ↦ (p − mean)/std of the
 * same pixels p, so one follows from the other: with x = (p − m)/s, (p − m')/s' = x·s/s' + (m − m')/s', for each
 * channel. Where they are the same, images stay as they are, to the bit.
 *
 * @returns a function of [B, H, W, 3] to [B, H, W, 3]
 */
export function renormalisation(
  from: PixelNormalisation,
  to: PixelNormalisation,
): (images: Tensor) => Tensor {
  const factors = from.std.map((std, channel) => std / to.std[channel]);
  const offsets = from.mean.map((mean, channel) => (mean - to.mean[channel]) / to.std[channel]);
  if (factors.every((factor) => factor === 1) && offsets.every((offset) => offset === 0))
    return (images) => images;
  return (images) => tidy(() => add(mul(images, tensor1d(factors)), tensor1d(offsets)));
}
