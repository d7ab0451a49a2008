import * as tf from '@tensorflow/tfjs-core';
import { expectRank } from './expect-shape.js';
import { operationKernel, type NoAttributes } from './kernel.js';

export const softmaxKernel = operationKernel<{ x: tf.Tensor }, NoAttributes>('PolytagSoftmax');

/** Softmax over the last dimension. */
export function softmax(x: tf.Tensor): tf.Tensor {
  expectRank('softmax', 'x', x, 1);
  return softmaxKernel.isAvailable() ? softmaxKernel.run({ x }, {}) : tf.softmax(x);
}
