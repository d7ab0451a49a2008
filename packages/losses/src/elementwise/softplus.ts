import { abs, add, exp, log1p, neg, relu, type Tensor } from '@tensorflow/tfjs-core';

/**
 * ln(1 + eˣ) = −ln σ(−x), exact to rounding for every x: near 0 for very negative x, near x for large x.
 * `tf.softplus` computes ln(1 + eˣ) as written, which loses all digits below x = −16.
 */
export function softplus(x: Tensor): Tensor {
  return add(relu(x), log1p(exp(neg(abs(x)))));
}
