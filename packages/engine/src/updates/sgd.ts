import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from '@polytag/ops';
import { kernels, type TableRecord } from '../wasm/host.js';
import { inPlace } from './in-place.js';

/** A parameter and its state. Tensors have the parameter's shape. */
export interface SgdParameter {
  /** Changed in place. */
  readonly weight: tf.Variable;
  readonly gradient: tf.Tensor;
  /** Changed in place; with momentum 0 neither read nor written. */
  readonly velocity: tf.Variable;
  readonly learningRate: number;
  /** Added to the gradient, times the weight. */
  readonly weightDecay: number;
  /** Whether this is the first step: the velocity is then set to the gradient, undamped. */
  readonly first: boolean;
}

export interface SgdOptions {
  readonly momentum: number;
  /** Weight of the new gradient in the velocity is 1 − dampening, but not in the first step. */
  readonly dampening: number;
  readonly nesterov: boolean;
}

/**
 * One step of stochastic gradient descent with momentum for many parameters, in PyTorch's order: decay into the
 * gradient, velocity, weight. The kernels work through all of them in one call.
 */
export function sgdUpdate(parameters: readonly SgdParameter[], options: SgdOptions): void {
  const { momentum, dampening, nesterov } = options;
  const table: TableRecord<'sgd'>[] = [];
  for (const parameter of parameters) {
    const { weight, gradient, velocity, learningRate, weightDecay, first } = parameter;
    expectShape('sgdUpdate', 'gradient', gradient, weight.shape);
    expectShape('sgdUpdate', 'velocity', velocity, weight.shape);
    if (inPlace(momentum === 0 ? [weight] : [weight, velocity], gradient)) {
      const v = momentum === 0 ? 0 : velocity;
      const [rate, decay, n] = [learningRate, weightDecay, weight.size];
      table.push({ p: weight, g: gradient, v, n, first, rate, decay });
    } else composedUpdate(parameter, options);
  }
  if (table.length === 0) return;
  const [ahead, follow] = nesterov ? [1, momentum] : [0, 1];
  kernels().sgd({ table, momentum, fresh: 1 - dampening, ahead, follow });
}

function composedUpdate(
  { weight, gradient, velocity, learningRate, weightDecay, first }: SgdParameter,
  { momentum, dampening, nesterov }: SgdOptions,
): void {
  tf.tidy(() => {
    const decayed: tf.Tensor = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(weight, weightDecay));
    let direction = decayed;
    if (momentum !== 0) {
      const next: tf.Tensor = first
        ? decayed
        : tf.add(tf.mul(velocity, momentum), tf.mul(decayed, 1 - dampening));
      velocity.assign(next);
      direction = nesterov ? tf.add(decayed, tf.mul(next, momentum)) : next;
    }
    weight.assign(tf.sub(weight, tf.mul(direction, learningRate)));
  });
}
