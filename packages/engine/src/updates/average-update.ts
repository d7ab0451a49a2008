import * as tf from '@tensorflow/tfjs-core';
import { address, intoTable, kernels, type TableRecord } from '../wasm/host.js';
import { expectShape } from '../ops/expect-shape.js';
import { inPlace } from './in-place.js';

export interface Averaged {
  /** Changed in place. */
  readonly target: tf.Variable;
  /** Of the same shape. */
  readonly value: tf.Tensor;
  /** What the value is multiplied with first. Default 1. */
  readonly factor?: number;
}

/**
 * Exponential moving average of many tensors: target = decay·target + (1 − decay)·factor·value. The kernels work through
 * all of them in one call.
 */
export function averageUpdate(pairs: readonly Averaged[], decay: number): void {
  const records: TableRecord[] = [];
  for (const { target, value, factor = 1 } of pairs) {
    expectShape('averageUpdate', 'value', value, target.shape);
    const fresh = (1 - decay) * factor;
    if (inPlace([target], value)) {
      records.push({ integers: [address(target), address(value), target.size], floats: [fresh] });
    } else tf.tidy(() => target.assign(tf.add(tf.mul(target, decay), tf.mul(value, fresh))));
  }
  if (records.length > 0) kernels().average(...intoTable(records), decay);
}
