import * as tf from '@tensorflow/tfjs-core';
import { address, kernels } from '../wasm/host.js';
import { expectShape } from '../ops/expect-shape.js';
import { inPlace } from './in-place.js';

/**
 * Exponential moving average: target = decay·target + (1 − decay)·value.
 *
 * @param target changed in place
 * @param value same shape
 */
export function averageUpdate(target: tf.Variable, value: tf.Tensor, decay: number): void {
  expectShape('averageUpdate', 'value', value, target.shape);
  if (inPlace([target], value)) {
    kernels().average(address(target), address(value), target.size, decay, 1 - decay);
    return;
  }
  tf.tidy(() => target.assign(tf.add(tf.mul(target, decay), tf.mul(value, 1 - decay))));
}
