import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from '@polytag/ops';
import { exchange, kernels, type TableRecord } from '../wasm/host.js';
import { inPlace } from './in-place.js';

export interface Ascending {
  readonly weight: tf.Variable;
  /** Gradient, with the shape of the weight. */
  readonly gradient: tf.Tensor;
  /** Receives the old weights; same shape. Its content is overwritten. */
  readonly before: tf.Variable;
}

/**
 * The ascent of sharpness-aware minimisation (Foret et al., 2021): weight + factor·gradient, or when adaptive weight +
 * factor·weight²·gradient (Kwon et al., 2021). `before` takes the old weights. The kernels work through all of them in one
 * call.
 */
export function ascend(
  parameters: readonly Ascending[],
  factor: number,
  { adaptive = false }: { readonly adaptive?: boolean } = {},
): void {
  const table: TableRecord<'ascent'>[] = [];
  for (const { weight, gradient, before } of parameters) {
    expectShape('ascend', 'gradient', gradient, weight.shape);
    expectShape('ascend', 'before', before, weight.shape);
    if (inPlace([before], gradient) && weight.dtype === 'float32') {
      table.push({ w: weight, g: gradient, to: before, n: weight.size });
    } else {
      tf.tidy(() => {
        const direction = adaptive ? tf.mul(tf.square(weight), gradient) : gradient;
        before.assign(tf.add(weight, tf.mul(direction, factor)));
      });
    }
  }
  if (table.length > 0) kernels().ascent({ table, factor, adaptive });
  exchangeValues(parameters.map(({ weight, before }) => [weight, before]));
}

/** Swaps the values of two variables of equal shape, without copying. */
export function exchangeValues(pairs: readonly (readonly [tf.Variable, tf.Variable])[]): void {
  for (const [a, b] of pairs) {
    expectShape('exchangeValues', 'second', b, a.shape);
    if (inPlace([a, b], a)) {
      exchange(a, b);
      continue;
    }
    const held = a.clone();
    a.assign(b);
    b.assign(held);
    held.dispose();
  }
}
