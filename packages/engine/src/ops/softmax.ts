import * as tf from '@tensorflow/tfjs-core';
import { softmaxKernel } from '../kernels/softmax.js';
import { kernelsAttached } from '../wasm/host.js';
import { expectRank } from './expect-shape.js';

/** Softmax over the last dimension. */
export function softmax(x: tf.Tensor): tf.Tensor {
  expectRank('softmax', 'x', x, 1);
  return kernelsAttached() ? softmaxKernel({ x }) : tf.softmax(x);
}
