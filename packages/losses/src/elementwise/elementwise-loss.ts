import { customGrad, mul, where, zerosLike, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { prepareTargets } from '../targets/prepare-targets.js';
import type { Differentiated } from './differentiated.js';

/** The two ways to compute a loss; they agree within rounding. */
export interface ElementwiseLoss {
  /** In one pass of a kernel, with smoothing and ignored elements; undefined on engines without it. */
  readonly fused: (outputs: Tensor, targets: Tensor) => Differentiated | undefined;
  /** Of stock operations, on smoothed targets from 0 to 1. */
  readonly composed: (outputs: Tensor, targets: Tensor) => Differentiated;
}

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
  { fused, composed }: ElementwiseLoss,
): Tensor2D {
  if (outputs.shape.join() !== targets.shape.join()) {
    throw new UsageError(
      'usage/loss-shapes',
      `outputs are [${outputs.shape}], targets [${targets.shape}]: a loss needs one target for each output`,
    );
  }
  return customGrad((x, save) => {
    const { value, derivative } =
      fused(x as Tensor, targets) ?? counted(x as Tensor, targets, labelSmoothing, composed);
    (save as (tensors: Tensor[]) => void)([derivative]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]) };
  })(outputs) as Tensor2D;
}

/** The composed loss of smoothed targets; 0 where the target is negative. */
function counted(
  outputs: Tensor,
  given: Tensor,
  labelSmoothing: number,
  composed: ElementwiseLoss['composed'],
): Differentiated {
  const { targets, counted } = prepareTargets(given, labelSmoothing);
  const { value, derivative } = composed(outputs, targets);
  const nothing = zerosLike(value);
  return { value: where(counted, value, nothing), derivative: where(counted, derivative, nothing) };
}
