import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from './expect-shape.js';
import { operationKernel, type NoAttributes } from './kernel.js';

export const addResidualKernel = operationKernel<{ x: tf.Tensor; shortcut: tf.Tensor }, NoAttributes>(
  'PolytagAddResidual',
);

/** x + shortcut, of one shape (He et al., 2016). */
export function addResidual(x: tf.Tensor, shortcut: tf.Tensor): tf.Tensor {
  expectShape('addResidual', 'shortcut', shortcut, x.shape);
  return addResidualKernel.isAvailable() ? addResidualKernel.run({ x, shortcut }, {}) : tf.add(x, shortcut);
}
