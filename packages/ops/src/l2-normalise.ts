import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { operationKernel } from './kernel.js';

/**
 * Attribute `columns`: along axis 0 of a matrix, else along the last axis. Outputs: y and the norms, [columns] or [rows].
 */
export const l2NormaliseKernel = operationKernel<
  { x: tf.Tensor },
  { columns: boolean },
  [tf.Tensor, tf.Tensor1D]
>('PolytagL2Normalise');

/** Smallest denominator, as in PyTorch's `F.normalize`. */
const LEAST_NORM = 1e-12;

/**
 * x / max(‖x‖₂, 1e-12) along one axis. Where the norm is below the bound the denominator is a constant,
 * also for the gradient.
 *
 * @param x any shape
 * @param axis the last one; for a matrix also 0 (columns)
 * @throws UsageError `usage/normalise-axis`
 */
export function l2Normalise(x: tf.Tensor, axis: number): tf.Tensor {
  const along = axis < 0 ? axis + x.rank : axis;
  if (along !== x.rank - 1 && !(along === 0 && x.rank === 2)) {
    throw new UsageError('usage/normalise-axis', `l2Normalise along axis ${axis} of rank ${x.rank}`, {
      hint: 'use the last axis, or 0 for a matrix',
    });
  }
  if (l2NormaliseKernel.isAvailable()) {
    const [direction, norm] = l2NormaliseKernel.run({ x }, { columns: along !== x.rank - 1 });
    norm.dispose();
    return direction;
  }
  return tf.customGrad((input, save) => {
    const z = input as tf.Tensor;
    const norm = tf.sqrt(tf.sum(tf.square(z), along, true));
    const bounded = tf.maximum(norm, LEAST_NORM);
    const y = tf.div<tf.Tensor>(z, bounded);
    (save as tf.GradSaveFunc)([y, bounded, norm]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [direction, denominator, length] = saved;
        const radial = tf.mul(direction, tf.sum(tf.mul(dy, direction), along, true));
        const varies = tf.cast(tf.greaterEqual(length, LEAST_NORM), 'float32');
        return tf.div<tf.Tensor>(tf.sub(dy, tf.mul(radial, varies)), denominator);
      },
    };
  })(x);
}
