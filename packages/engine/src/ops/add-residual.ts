import * as tf from '@tensorflow/tfjs-core';
import { addResidualKernel } from '../kernels/add-residual.js';
import { kernelsAttached } from '../wasm/host.js';
import { expectShape } from './expect-shape.js';

/** x + shortcut, of one shape (He et al., 2016). */
export function addResidual(x: tf.Tensor, shortcut: tf.Tensor): tf.Tensor {
  expectShape('addResidual', 'shortcut', shortcut, x.shape);
  return kernelsAttached() ? addResidualKernel({ x, shortcut }) : tf.add(x, shortcut);
}
