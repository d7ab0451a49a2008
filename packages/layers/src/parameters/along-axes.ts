import type { LabelReordering } from '@polytag/core';

/**
 * Reorders a parameter that has one slice per label along each of these axes. Also accepts labels that the file lacks:
 * with index −1 a label's slice is 0. The result has one slice per entry of `order`.
 */
export const alongAxes =
  (...axes: readonly number[]): LabelReordering =>
  ({ shape, data }, order) => {
    const extents = [...shape];
    let values = Float32Array.from(data);
    for (const axis of axes) {
      values = takeAlong(extents, values, axis, order);
      extents[axis] = order.length;
    }
    return values;
  };

function takeAlong(
  shape: readonly number[],
  values: Float32Array,
  axis: number,
  order: readonly number[],
): Float32Array<ArrayBuffer> {
  const size = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);
  const [outer, rows, inner] = [size(shape.slice(0, axis)), shape[axis], size(shape.slice(axis + 1))];
  const result = new Float32Array(outer * order.length * inner);
  for (let block = 0; block < outer; block++) {
    order.forEach((from, to) => {
      if (from < 0) return;
      const start = (block * rows + from) * inner;
      result.set(values.subarray(start, start + inner), (block * order.length + to) * inner);
    });
  }
  return result;
}
