import type { Dtype, TensorData } from './dtype.js';

/** Description of a tensor, without its elements. */
export interface TensorDescription {
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
}

/** A tensor in a weights file, row-major. */
export interface StoredTensor {
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly shape: number[];
  readonly data: TensorData;
}

/** Elements of a shape. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);
