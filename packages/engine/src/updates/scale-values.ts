import * as tf from '@tensorflow/tfjs-core';
import { kernels, type TableRecord } from '../wasm/host.js';
import { inPlace } from './in-place.js';

/**
 * factor·x for many tensors; the kernels process all of them in one call.
 *
 * @param tensors tensors to scale; do not use them afterwards
 * @returns each tensor itself, changed in place, or its replacement
 */
export function scaleValues(tensors: readonly tf.Tensor[], factor: number): tf.Tensor[] {
  const table: TableRecord<'scaleValues'>[] = [];
  const scaled = tensors.map((tensor) => {
    if (inPlace([tensor], tensor)) {
      table.push({ x: tensor, n: tensor.size });
      return tensor;
    }
    const product = tf.mul(tensor, factor);
    tensor.dispose();
    return product;
  });
  if (table.length > 0) kernels().scaleValues({ table, factor });
  return scaled;
}
