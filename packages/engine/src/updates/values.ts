import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { heapFloats, kernels, kernelsAttached, storeInScratch } from '../wasm/host.js';
import { inPlace } from './in-place.js';

/**
 * Copies a tensor's values into an array, which may be in memory shared by threads.
 *
 * @param into float32, of the tensor's size
 */
export function readValues(tensor: tf.Tensor, into: Float32Array): void {
  checkSize('readValues', tensor, into);
  into.set(onHeap(tensor) ? heapFloats(tensor) : tensor.dataSync<'float32'>());
}

/** Sets a variable to the values of an array of its size, in place if the kernels allow it. */
export function writeValues(variable: tf.Variable, values: Float32Array): void {
  checkSize('writeValues', variable, values);
  if (inPlace([variable], variable)) {
    heapFloats(variable).set(values);
    return;
  }
  const copy = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(copy);
  copy.dispose();
}

/**
 * total + values, element by element in float32.
 *
 * @param total tensor to add to; do not use it afterwards
 * @returns `total` itself, changed in place, or its replacement
 */
export function addValues(total: tf.Tensor, values: Float32Array): tf.Tensor {
  checkSize('addValues', total, values);
  if (inPlace([total], total)) {
    kernels().addResidual({ a: total, b: storeInScratch(values), y: total, n: total.size });
    return total;
  }
  const sum = tf.tidy(() => tf.add(total, tf.tensor(values.slice(), total.shape, 'float32')));
  total.dispose();
  return sum;
}

const onHeap = (tensor: tf.Tensor) => tensor.dtype === 'float32' && kernelsAttached();

function checkSize(operation: string, { size, shape }: tf.Tensor, values: Float32Array): void {
  if (values.length === size) return;
  throw new UsageError(
    'usage/shape',
    `${operation}: ${values.length} values for a tensor of shape [${shape}]`,
  );
}
