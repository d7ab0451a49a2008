import {
  add,
  clipByValue,
  fill,
  gather,
  less,
  minimum,
  mul,
  tensor1d,
  tidy,
  where,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/**
 * Targets of images that were mixed in pairs (mixup, cutmix): clamp(λ·y + (1 − λ)·y[order], 0, 1).
 * An element that is ignored (negative) in either image of a pair is ignored in the mix, as −1.
 *
 * @param targets [B, K]
 * @param order row b was mixed with row `order[b]`
 * @param lambda share of the image itself, 0 to 1
 * @returns [B, K]
 */
export function mixTargets(targets: Tensor2D, order: ArrayLike<number>, lambda: number): Tensor2D {
  return tidy(() => {
    const partner = gather(targets, tensor1d(Array.from(order), 'int32'));
    const mixed = clipByValue(add(mul(lambda, targets), mul(1 - lambda, partner)), 0, 1);
    const ignored = less(minimum(targets, partner), 0);
    return where(ignored, fill(targets.shape, -1), mixed) as Tensor2D;
  });
}
