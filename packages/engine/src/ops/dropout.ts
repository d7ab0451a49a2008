import * as tf from '@tensorflow/tfjs-core';
import { dropoutKernel } from '../kernels/dropout.js';
import { kernelsAttached } from '../wasm/host.js';
import { checkRate, dropoutMask } from './dropout-mask.js';

/**
 * Inverted dropout: an element stays with probability 1 − rate and is then scaled by 1/(1 − rate)
 * (Srivastava et al., 2014). The mask is a pure function of the seed and the element's index in row-major
 * order, so it is the same on every backend and again in the backward pass.
 *
 * @param x any shape
 * @param rate probability of a zero, in [0, 1)
 * @param seed integer; its low 32 bits count
 * @throws UsageError `usage/dropout-rate`
 */
export function dropout(x: tf.Tensor, rate: number, seed: number): tf.Tensor {
  checkRate(rate);
  if (rate === 0) return tf.clone(x);
  if (kernelsAttached()) return dropoutKernel({ x }, { rate, seed: seed >>> 0 });
  return tf.tidy(() => tf.mul(x, dropoutMask(x.shape, rate, seed >>> 0)));
}
