import type { LabelReordering } from '@polytag/core';

/** Of a parameter that has one slice for each label along each of these axes. */
export const alongAxes =
  (...axes: readonly number[]): LabelReordering =>
  ({ shape, data }, order) =>
    axes.reduce<Float32Array>(
      (values, axis) => takeAlong(shape, values, axis, order),
      Float32Array.from(data),
    );

function takeAlong(
  shape: readonly number[],
  values: Float32Array,
  axis: number,
  order: readonly number[],
): Float32Array {
  const size = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);
  const [rows, inner] = [shape[axis], size(shape.slice(axis + 1))];
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += rows * inner) {
    order.forEach((from, to) => {
      result.set(values.subarray(start + from * inner, start + (from + 1) * inner), start + to * inner);
    });
  }
  return result;
}
