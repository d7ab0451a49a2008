import type { Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { conv2d, depthwiseConv2d, NO_PADDING, outputSize, resolvePadding } from '@polytag/ops';
import { deviations, finiteDifferenceError, uniform } from '../agreement.fixture.js';

const between = (min: number, max: number) => fc.integer({ min, max });

/** Windows over small images: any kernel size, stride and padding that leave at least one output pixel. */
const windows = fc
  .record({
    batch: between(1, 3),
    height: between(1, 9),
    width: between(1, 9),
    kernel: fc.oneof(fc.constantFrom([3, 3], [5, 5]), fc.tuple(between(1, 7), between(1, 7))),
    stride: between(1, 3),
    padding: fc.record({
      top: between(0, 4),
      bottom: between(0, 4),
      left: between(0, 4),
      right: between(0, 4),
    }),
  })
  .filter(
    ({ height, width, kernel: [kh, kw], stride, padding }) =>
      outputSize(height, kh, stride, padding.top, padding.bottom) > 0 &&
      outputSize(width, kw, stride, padding.left, padding.right) > 0,
  );

describe.each(['plain', 'relaxed'] as const)('%s kernels', (build) => {
  it('conv2d agrees with stock operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(windows, between(1, 6), between(1, 9), async (window, channels, filters) => {
        const { batch, height, width, kernel, stride, padding } = window;
        const operation = (x: Tensor4D, w: Tensor4D) => conv2d(x, w, { stride, padding });
        const inputs = [
          uniform('x', [batch, height, width, channels]),
          uniform('w', [...kernel, channels, filters]),
        ];
        expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
        expect(await finiteDifferenceError(build, operation, inputs, 1)).toBeLessThan(1e-4);
      }),
      { numRuns: 30 },
    );
  });

  it('conv2d agrees where blocks of output pixels run over image borders', async () => {
    const options = { stride: 1, padding: resolvePadding('symmetric', [11, 10], [5, 5], 1) };
    const operation = (x: Tensor4D, w: Tensor4D) => conv2d(x, w, options);
    const inputs = [uniform('x', [3, 11, 10, 21]), uniform('w', [5, 5, 21, 2])];
    expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
  });

  it('depthwiseConv2d agrees with stock operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(windows, fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12), async (window, channels) => {
        const { batch, height, width, kernel, stride, padding } = window;
        const operation = (x: Tensor4D, w: Tensor4D) => depthwiseConv2d(x, w, { stride, padding });
        const inputs = [
          uniform('x', [batch, height, width, channels]),
          uniform('w', [...kernel, channels, 1]),
        ];
        expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
        expect(await finiteDifferenceError(build, operation, inputs, 1)).toBeLessThan(1e-4);
      }),
      { numRuns: 40 },
    );
  });

  it.each([3, 5])('depthwiseConv2d agrees on rows longer than a group of pixels, kernel %d', async (k) => {
    for (const stride of [1, 2]) {
      const operation = (x: Tensor4D, w: Tensor4D) =>
        depthwiseConv2d(x, w, { stride, padding: resolvePadding('same', [14, 19], [k, k], stride) });
      const inputs = [uniform('x', [2, 14, 19, 8]), uniform('w', [k, k, 8, 1])];
      expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
    }
  });
});

it('refuses a kernel larger than the padded input, a stride of 0 and channels that differ', () => {
  const t = (shape: number[]) => ({ shape, rank: shape.length }) as Tensor4D;
  const options = { stride: 1, padding: NO_PADDING };
  expect(() => conv2d(t([1, 2, 2, 3]), t([3, 3, 3, 8]), options)).toThrow(
    expect.objectContaining({ code: 'usage/kernel-size' }),
  );
  expect(() => conv2d(t([1, 4, 4, 3]), t([3, 3, 3, 8]), { ...options, stride: 0 })).toThrow(
    expect.objectContaining({ code: 'usage/stride' }),
  );
  expect(() => depthwiseConv2d(t([1, 4, 4, 3]), t([3, 3, 4, 1]), options)).toThrow(
    expect.objectContaining({ code: 'usage/shape' }),
  );
});
