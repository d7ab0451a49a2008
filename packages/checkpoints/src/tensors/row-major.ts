import type { TensorData } from './dtype.js';
import { elementCount } from './stored-tensor.js';

/**
 * The elements of a tensor in row-major order.
 *
 * @param data holds them, the first at 0
 * @param strides elements from one to the next along each axis; 0 repeats one
 */
export function rowMajor(data: TensorData, shape: readonly number[], strides: readonly number[]): TensorData {
  const size = elementCount(shape);
  const result = new (data.constructor as new (length: number) => TensorData)(size);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < size; to++) {
    result[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}
