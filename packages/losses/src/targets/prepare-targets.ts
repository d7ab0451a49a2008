import { add, cast, equal, greaterEqual, mul, relu, type Tensor } from '@tensorflow/tfjs-core';

export interface PreparedTargets {
  /** Smoothed targets in [0, 1]; 0 where ignored. */
  readonly targets: Tensor;
  /** Whether an element counts: its target was not negative. */
  readonly counted: Tensor;
}

/**
 * Marks ignored elements (target < 0) and smooths labels. With degree e > 0 a target y becomes y·(1 − e), and
 * what is then exactly 0 becomes e: positives 1 − e, negatives e.
 */
export function prepareTargets(given: Tensor, labelSmoothing: number): PreparedTargets {
  const float = cast(given, 'float32');
  const counted = greaterEqual(float, 0);
  const hard = relu(float);
  if (labelSmoothing === 0) return { targets: hard, counted };
  const absent = mul(labelSmoothing, cast(equal(hard, 0), 'float32'));
  return { targets: add(mul(1 - labelSmoothing, hard), absent), counted };
}
