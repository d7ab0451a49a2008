import { mean, sum, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';

/** `sum` over batch and labels, the authors' choice, which their learning rates are tuned to; or `mean`. */
export type Reduction = 'sum' | 'mean';

/** @param losses [B, K], one loss per element; ignored elements are 0 and count in the mean's denominator */
export function reduce(losses: Tensor2D, reduction: Reduction): Scalar {
  return reduction === 'sum' ? sum(losses) : mean(losses);
}
