import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from '@polytag/ops';
import { kernels, type TableRecord } from '../wasm/host.js';
import { inPlace } from './in-place.js';

/** A parameter and its state. Tensors have the parameter's shape. */
export interface AdamParameter {
  /** Changed in place. */
  readonly weight: tf.Variable;
  readonly gradient: tf.Tensor;
  /** First moment, changed in place. */
  readonly m: tf.Variable;
  /** Second moment, changed in place. */
  readonly v: tf.Variable;
  /** AMSGrad (Reddi et al., 2018): running maximum of v, changed in place. */
  readonly maxV?: tf.Variable;
  readonly learningRate: number;
  /** Decoupled: the weight shrinks by learningRate·weightDecay of itself before the step. */
  readonly weightDecay: number;
  /** Number of the step, from 1, for the bias correction. */
  readonly step: number;
}

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * One step of AdamW (Loshchilov and Hutter, 2019) for many parameters, as PyTorch computes it: ε is added to the root of
 * the bias-corrected second moment. The kernels work through all of them in one call.
 */
export function adamUpdate(parameters: readonly AdamParameter[], options: AdamOptions): void {
  const { beta1, beta2, epsilon } = options;
  const table: TableRecord<'adam'>[] = [];
  for (const parameter of parameters) {
    const { weight, gradient, m, v, maxV } = parameter;
    const state = maxV ? [m, v, maxV] : [m, v];
    for (const tensor of [gradient, ...state]) {
      expectShape('adamUpdate', 'gradient or state', tensor, weight.shape);
    }
    const factors = factorsOf(parameter, options);
    if (inPlace([weight, ...state], gradient)) {
      table.push({ p: weight, g: gradient, m, v, largest: maxV ?? 0, n: weight.size, ...factors });
    } else composedUpdate(parameter, options, factors);
  }
  if (table.length === 0) return;
  kernels().adam({
    table,
    beta1,
    fresh1: 1 - beta1,
    beta2,
    fresh2: 1 - beta2,
    epsilon,
  });
}

type Factors = Record<'keep' | 'rate' | 'inverseRoot', number>;

function factorsOf({ learningRate, weightDecay, step }: AdamParameter, options: AdamOptions): Factors {
  return {
    keep: 1 - learningRate * weightDecay,
    rate: learningRate / (1 - options.beta1 ** step),
    inverseRoot: 1 / Math.sqrt(1 - options.beta2 ** step),
  };
}

function composedUpdate(
  { weight, gradient, m, v, maxV }: AdamParameter,
  { beta1, beta2, epsilon }: AdamOptions,
  { keep, rate, inverseRoot }: Factors,
): void {
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
    v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    if (maxV) maxV.assign(tf.maximum(maxV, v));
    const divisor = tf.add(tf.mul(tf.sqrt(maxV ?? v), inverseRoot), epsilon);
    weight.assign(tf.sub(tf.mul(weight, keep), tf.mul(tf.div(m, divisor), rate)));
  });
}
