import * as tf from '@tensorflow/tfjs-core';
import { address, kernels } from '../wasm/host.js';
import { expectShape } from '../ops/expect-shape.js';
import { inPlace } from './in-place.js';

export interface AdamUpdateOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled: the parameter shrinks by learningRate·weightDecay of itself before the step. */
  weightDecay: number;
  /** Counts from 1; for the bias correction. */
  step: number;
  /** AMSGrad (Reddi et al., 2018): running maximum of v, changed in place. */
  maxV?: tf.Variable;
}

/**
 * One step of AdamW (Loshchilov and Hutter, 2019), as PyTorch computes it: ε is added to the root of the
 * bias-corrected second moment.
 *
 * @param p the parameter, changed in place
 * @param g its gradient, same shape
 * @param m first moment, same shape, changed in place
 * @param v second moment, same shape, changed in place
 */
export function adamUpdate(
  p: tf.Variable,
  g: tf.Tensor,
  m: tf.Variable,
  v: tf.Variable,
  options: AdamUpdateOptions,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step, maxV } = options;
  const state = maxV ? [m, v, maxV] : [m, v];
  for (const tensor of [g, ...state]) expectShape('adamUpdate', 'gradient or state', tensor, p.shape);
  const stepSize = learningRate / (1 - beta1 ** step);
  const rootFactor = 1 / Math.sqrt(1 - beta2 ** step);
  const keep = 1 - learningRate * weightDecay;
  if (inPlace([p, ...state], g)) {
    kernels().adam(
      ...[p, g, m, v].map(address),
      maxV ? address(maxV) : 0,
      p.size,
      ...[keep, stepSize, beta1, 1 - beta1, beta2, 1 - beta2, rootFactor, epsilon],
    );
    return;
  }
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
    v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
    if (maxV) maxV.assign(tf.maximum(maxV, v));
    const root = tf.mul(tf.sqrt(maxV ?? v), rootFactor);
    const change = tf.mul(tf.div(m, tf.add(root, epsilon)), stepSize);
    p.assign(tf.sub(tf.mul(p, keep), change));
  });
}
