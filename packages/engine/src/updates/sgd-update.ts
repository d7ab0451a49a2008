import * as tf from '@tensorflow/tfjs-core';
import { address, heapFloats, kernels } from '../wasm/host.js';
import { expectShape } from '../ops/expect-shape.js';
import { inPlace } from './in-place.js';

export interface SgdUpdateOptions {
  learningRate: number;
  /** 0: the velocity is neither read nor written. */
  momentum: number;
  /** Weight of the new gradient in the velocity is 1 − dampening, but not in the first step. */
  dampening: number;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
  nesterov: boolean;
  /** The velocity starts as the first gradient, undamped. */
  first: boolean;
}

/**
 * One step of stochastic gradient descent with momentum, in PyTorch's order: decay into the gradient,
 * velocity, parameter.
 *
 * @param p the parameter, changed in place
 * @param g its gradient, same shape
 * @param velocity state of the same shape, changed in place
 */
export function sgdUpdate(
  p: tf.Variable,
  g: tf.Tensor,
  velocity: tf.Variable,
  options: SgdUpdateOptions,
): void {
  const { learningRate, momentum, dampening, weightDecay, nesterov, first } = options;
  expectShape('sgdUpdate', 'gradient', g, p.shape);
  expectShape('sgdUpdate', 'velocity', velocity, p.shape);
  if (inPlace(momentum === 0 ? [p] : [p, velocity], g)) {
    if (momentum === 0) {
      kernels().sgd(address(p), address(g), p.size, learningRate, weightDecay);
      return;
    }
    if (first) heapFloats(velocity).fill(0);
    const fresh = first ? 1 : 1 - dampening;
    const [ahead, follow] = nesterov ? [1, momentum] : [0, 1];
    const addresses = [p, g, velocity].map(address);
    kernels().sgdMomentum(...addresses, p.size, learningRate, weightDecay, momentum, fresh, ahead, follow);
    return;
  }
  tf.tidy(() => {
    const decayed: tf.Tensor = weightDecay === 0 ? g : tf.add(g, tf.mul(p, weightDecay));
    let direction = decayed;
    if (momentum !== 0) {
      const next: tf.Tensor = first
        ? decayed
        : tf.add(tf.mul(velocity, momentum), tf.mul(decayed, 1 - dampening));
      velocity.assign(next);
      direction = nesterov ? tf.add(decayed, tf.mul(next, momentum)) : next;
    }
    p.assign(tf.sub(p, tf.mul(direction, learningRate)));
  });
}
