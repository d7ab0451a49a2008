import fc from 'fast-check';
import { checkpointShape, fromCheckpointOrder, toCheckpointOrder } from './checkpoint-order.js';
import type { Parameter, WeightLayout } from './parametric-layer.js';

const shapeOf = (layout: WeightLayout, shape: readonly number[]): number[] =>
  checkpointShape({ layout, variable: { shape } as unknown as Parameter['variable'] });

const size = fc.integer({ min: 1, max: 4 });
const layoutAndShape = fc.oneof(
  fc.tuple(fc.constantFrom<WeightLayout>('linear', 'pointwise'), fc.tuple(size, size)),
  fc.tuple(fc.constant<WeightLayout>('convolution'), fc.tuple(size, size, size, size)),
  fc.tuple(fc.constant<WeightLayout>('depthwise'), fc.tuple(size, size, size, fc.constant(1))),
  fc.tuple(fc.constant<WeightLayout>('plain'), fc.array(size, { maxLength: 3 })),
);

/** Row-major position of an index. */
const at = (shape: readonly number[], index: readonly number[]) =>
  index.reduce((position, i, axis) => position * shape[axis] + i, 0);

describe('checkpoint order', () => {
  it('goes there and back for every layout and shape', () => {
    fc.assert(
      fc.property(layoutAndShape, ([layout, shape]) => {
        const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
        const there = toCheckpointOrder(layout, shape, values);
        expect(shapeOf(layout, shape).reduce((a, b) => a * b, 1)).toBe(values.length);
        expect([...fromCheckpointOrder(layout, shape, there)]).toEqual([...values]);
      }),
    );
  });

  it('puts [kh, kw, in, out] at [out, in, kh, kw]', () => {
    const here = [2, 3, 4, 5];
    const there = shapeOf('convolution', here);
    expect(there).toEqual([5, 4, 2, 3]);
    const moved = toCheckpointOrder(
      'convolution',
      here,
      Float32Array.from({ length: 120 }, (_, i) => i),
    );
    expect(moved[at(there, [4, 2, 1, 0])]).toBe(at(here, [1, 0, 2, 4]));
    expect(moved[at(there, [0, 3, 0, 2])]).toBe(at(here, [0, 2, 3, 0]));
  });

  it('puts [kh, kw, C, 1] at [C, 1, kh, kw] and [in, out] at [out, in, 1, 1]', () => {
    const depthwise = toCheckpointOrder('depthwise', [1, 2, 3, 1], [1, 2, 3, 4, 5, 6]);
    expect(shapeOf('depthwise', [1, 2, 3, 1])).toEqual([3, 1, 1, 2]);
    expect([...depthwise]).toEqual([1, 4, 2, 5, 3, 6]);
    const pointwise = toCheckpointOrder('pointwise', [2, 3], [1, 2, 3, 4, 5, 6]);
    expect(shapeOf('pointwise', [2, 3])).toEqual([3, 2, 1, 1]);
    expect([...pointwise]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});
