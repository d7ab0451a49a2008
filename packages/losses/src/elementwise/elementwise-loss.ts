import { customGrad, mul, where, zerosLike, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { prepareTargets } from '../targets/prepare-targets.js';
import type { Differentiated } from './differentiated.js';

/**
 * Runs a loss whose derivative is known in closed form: one derivative per element, computed beside the value
 * and kept for the backward pass. Ignored elements are 0 and pass no gradient, whatever their output holds.
 * The targets receive no gradient, and a second derivative is not available.
 *
 * @throws UsageError `usage/loss-shapes` when outputs and targets differ in shape
 */
export function elementwiseLoss(
  outputs: Tensor2D,
  targets: Tensor2D,
  labelSmoothing: number,
  loss: (outputs: Tensor, targets: Tensor) => Differentiated,
): Tensor2D {
  if (outputs.shape.join() !== targets.shape.join()) {
    throw new UsageError(
      'usage/loss-shapes',
      `outputs are [${outputs.shape}], targets [${targets.shape}]: a loss needs one target for each output`,
    );
  }
  return customGrad((x, save) => {
    const { targets: smoothed, counted } = prepareTargets(targets, labelSmoothing);
    const { value, derivative } = loss(x as Tensor, smoothed);
    const nothing = zerosLike(value);
    (save as (tensors: Tensor[]) => void)([where(counted, derivative, nothing)]);
    return {
      value: where(counted, value, nothing),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]),
    };
  })(outputs) as Tensor2D;
}
