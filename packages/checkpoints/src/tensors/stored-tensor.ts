import type { Dtype, TensorData } from './dtype.js';

/** What is known of a tensor before its elements are read. */
export interface TensorDescription {
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
}

/** A tensor as a weight file holds it, row-major. */
export interface StoredTensor {
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly shape: number[];
  readonly data: TensorData;
}

/** Elements of a shape. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);
