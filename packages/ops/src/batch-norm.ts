import * as tf from '@tensorflow/tfjs-core';
import {
  composedActivation,
  DEFAULT_LEAKY_SLOPE,
  type Activation,
  type ActivationAttributes,
} from './activation.js';
import { expectRank, expectShape } from './expect-shape.js';
import { operationKernel } from './kernel.js';

/** Outputs: y, and the mean and biased variance of the batch. */
export const batchNormKernel = operationKernel<
  { x: tf.Tensor; gamma: tf.Tensor1D; beta: tf.Tensor1D },
  ActivationAttributes & { epsilon: number },
  [tf.Tensor, tf.Tensor1D, tf.Tensor1D]
>('PolytagBatchNorm');

export interface BatchNormTrainOptions {
  epsilon: number;
  /** Applied to the normalised value in the same pass; default `identity`. */
  activation?: Activation;
  /** Slope of leaky ReLU, default 0.01. */
  slope?: number;
}

export interface BatchNormTrainResult {
  /** activation(γ·(x−mean)/√(variance+ε) + β), shape of x. */
  output: tf.Tensor;
  /** [C], of this batch; carries no gradient. */
  mean: tf.Tensor1D;
  /** [C], biased (divided by the count); carries no gradient. */
  variance: tf.Tensor1D;
}

/**
 * Batch normalisation with the statistics of the batch, and an activation (Ioffe and Szegedy, 2015).
 * Statistics are over all dimensions but the last.
 *
 * @param x [..., C]
 * @param gamma [C]
 * @param beta [C]
 */
export function batchNormTrain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: BatchNormTrainOptions,
): BatchNormTrainResult {
  const { epsilon, activation = 'identity', slope = DEFAULT_LEAKY_SLOPE } = options;
  expectRank('batchNormTrain', 'x', x, 2);
  const channels = x.shape[x.rank - 1];
  expectShape('batchNormTrain', 'gamma', gamma, [channels]);
  expectShape('batchNormTrain', 'beta', beta, [channels]);
  if (batchNormKernel.isAvailable()) {
    const [output, mean, variance] = batchNormKernel.run({ x, gamma, beta }, { epsilon, activation, slope });
    return { output, mean, variance };
  }
  const [mean, variance] = statistics(x);
  const output = composedNormalise(x, gamma, beta, mean, variance, { epsilon, activation, slope });
  return { output, mean, variance };
}

/** Two passes: the squares are of centred values, so a large common offset costs no accuracy. */
function statistics(x: tf.Tensor): [tf.Tensor1D, tf.Tensor1D] {
  const stacked = tf.customGrad((input) => {
    const z = input as tf.Tensor;
    const axes = leading(z);
    const mean = tf.mean(z, axes);
    return {
      value: tf.stack([mean, tf.mean(tf.square(tf.sub(z, mean)), axes)]),
      gradFunc: () => tf.zeros(x.shape),
    };
  })(x);
  const [mean, variance] = tf.unstack(stacked) as tf.Tensor1D[];
  stacked.dispose();
  return [mean, variance];
}

function composedNormalise(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  options: Required<BatchNormTrainOptions>,
): tf.Tensor {
  const { value, gradient } = composedActivation[options.activation];
  const normalise = tf.customGrad((...inputs) => {
    const [z, g, b] = inputs as tf.Tensor[];
    const save = inputs[3] as unknown as tf.GradSaveFunc;
    const inverse = tf.rsqrt(tf.add(variance, options.epsilon));
    const normalised = tf.mul(tf.sub(z, mean), inverse);
    save([normalised, g, b, inverse]);
    return {
      value: value(tf.add(tf.mul(normalised, g), b), options.slope),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [xhat, scale, shift, rstd] = saved;
        const axes = leading(xhat);
        const count = xhat.size / scale.size;
        const dz = gradient(tf.add(tf.mul(xhat, scale), shift), dy, options.slope);
        const dBeta = tf.sum(dz, axes);
        const dGamma = tf.sum(tf.mul(dz, xhat), axes);
        const common = tf.add(tf.div(dBeta, count), tf.mul(xhat, tf.div(dGamma, count)));
        return [tf.mul(tf.sub(dz, common), tf.mul(scale, rstd)), dGamma, dBeta];
      },
    };
  });
  return normalise(x, gamma, beta);
}

function leading(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, i) => i);
}
