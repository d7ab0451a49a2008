import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from './expect-shape.js';
import { operationKernel } from './kernel.js';

/** decay·average + fresh·value. */
export const runningAverageKernel = operationKernel<
  { average: tf.Tensor; value: tf.Tensor },
  { decay: number; fresh: number }
>('PolytagRunningAverage');

export interface RunningAverageOptions {
  /** Share of the average, in [0, 1]. */
  readonly decay: number;
  /** What the value is multiplied with first. Default 1. */
  readonly factor?: number;
}

/**
 * One step of an exponential moving average: decay·average + (1 − decay)·factor·value. The running statistics of batch
 * normalisation are such averages.
 *
 * @param average any shape
 * @param value of the same shape
 * @returns the next average, of the same shape; no gradient
 */
export function runningAverage(
  average: tf.Tensor,
  value: tf.Tensor,
  { decay, factor = 1 }: RunningAverageOptions,
): tf.Tensor {
  expectShape('runningAverage', 'value', value, average.shape);
  const fresh = (1 - decay) * factor;
  if (runningAverageKernel.isAvailable())
    return runningAverageKernel.run({ average, value }, { decay, fresh });
  return tf.tidy(() => tf.add(tf.mul(average, decay), tf.mul(value, fresh)));
}
