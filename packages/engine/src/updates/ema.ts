import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from '@polytag/ops';
import { kernels, type TableRecord } from '../wasm/host.js';
import { inPlace } from './in-place.js';

export interface EmaParameter {
  /** The average; changed in place. */
  readonly average: tf.Variable;
  /** Of the same shape. */
  readonly value: tf.Tensor;
}

/**
 * Exponential moving average of many tensors: average = decay·average + (1 − decay)·value. The kernels work through
 * all of them in one call.
 */
export function emaUpdate(pairs: readonly EmaParameter[], decay: number): void {
  const table: TableRecord<'ema'>[] = [];
  for (const { average, value } of pairs) {
    expectShape('emaUpdate', 'value', value, average.shape);
    if (inPlace([average], value)) {
      table.push({ average, value, n: average.size });
    } else tf.tidy(() => average.assign(tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay))));
  }
  if (table.length > 0) kernels().ema({ table, decay, fresh: 1 - decay });
}
