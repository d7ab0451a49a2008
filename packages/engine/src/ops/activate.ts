import * as tf from '@tensorflow/tfjs-core';
import { activateKernel, rectifyKernel } from '../kernels/activate.js';
import { kernelsAttached } from '../wasm/host.js';
import { composedActivation, DEFAULT_LEAKY_SLOPE, type PointwiseActivation } from './activation.js';

/**
 * Elementwise activation. At the kinks the derivative is PyTorch's: ReLU and leaky ReLU take the left
 * side at 0, hard-swish the middle piece at -3 and 3, hard-sigmoid is flat at both ends.
 *
 * @param x any shape
 * @param activation `hard-swish` is x·clip(x+3, 0, 6)/6, `hard-sigmoid` clip(x+3, 0, 6)/6, `silu` x·σ(x)
 * @param options.slope slope of leaky ReLU at x ≤ 0, default 0.01
 */
export function activate(
  x: tf.Tensor,
  activation: PointwiseActivation,
  options: { slope?: number } = {},
): tf.Tensor {
  const { slope = DEFAULT_LEAKY_SLOPE } = options;
  if (kernelsAttached()) {
    const rectifies = activation === 'relu' || (activation === 'leaky-relu' && slope >= 0);
    return (rectifies ? rectifyKernel : activateKernel)({ x }, { activation, slope });
  }
  const definition = composedActivation[activation];
  return tf.customGrad((z, save) => {
    (save as tf.GradSaveFunc)([z as tf.Tensor]);
    return {
      value: definition.value(z as tf.Tensor, slope),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => definition.gradient(saved[0], dy, slope),
    };
  })(x);
}
