import { ones, tensor, tidy, type Rank, type Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { depthwiseConv2d, resolvePadding } from '@polytag/ops';
import { deviations, finiteDifferenceError, uniform } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

const between = (min: number, max: number) => fc.integer({ min, max });

/** The windows of the nets: kernels 3 and 5, strides 1 and 2, both rules of padding, on maps that end within a group. */
const windows = fc.record({
  batch: between(1, 2),
  size: fc.tuple(between(1, 17), between(1, 17)),
  kernel: fc.constantFrom(3, 5),
  stride: fc.constantFrom(1, 2),
  rule: fc.constantFrom('symmetric' as const, 'same' as const),
  channels: fc.constantFrom(4, 8, 20),
});

it.each([
  ['more channels than one block holds', [1, 7, 7, 960], 5, 1],
  ['more rows than one band holds', [1, 40, 28, 64], 3, 2],
  ['more rows than one band holds, with stride 1', [2, 30, 37, 48], 3, 1],
] as const)('agrees on %s, in both builds', async (_, shape, kernel, stride) => {
  const padding = resolvePadding('same', [shape[1], shape[2]], [kernel, kernel], stride);
  const operation = (x: Tensor4D, weight: Tensor4D) => depthwiseConv2d(x, weight, { stride, padding });
  const inputs = [uniform('x', shape), uniform('w', [kernel, kernel, shape[3], 1])];
  expect(await deviations('both', operation, inputs)).toBeLessThan(1e-5);
});

describe.each(['plain', 'relaxed'] as const)('depthwise convolution with the %s kernels', (build) => {
  it('agrees on every width, at every edge', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async ({ batch, size: [h, w], kernel, stride, rule, channels }) => {
        const padding = resolvePadding(rule, [h, w], [kernel, kernel], stride);
        const operation = (x: Tensor4D, weight: Tensor4D) => depthwiseConv2d(x, weight, { stride, padding });
        const inputs = [uniform('x', [batch, h, w, channels]), uniform('w', [kernel, kernel, channels, 1])];
        expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
        expect(await finiteDifferenceError(build, operation, inputs, 1)).toBeLessThan(1e-4);
      }),
      { numRuns: 40, seed: 41 },
    );
  });

  it('reads nothing outside of the image: what is not finite there stays there', async () => {
    const shape: [number, number, number, number] = [2, 6, 6, 4];
    const x = uniform('x', shape);
    x.values.fill(NaN, 6 * 6 * 4);
    await useEngine('wasm', { simd: build });
    const first = tidy(() => {
      const image = tensor<Rank.R4>(x.values, shape);
      const weight = ones<Rank.R4>([5, 5, 4, 1]);
      const padding = resolvePadding('symmetric', [6, 6], [5, 5], 1);
      return depthwiseConv2d(image, weight, { stride: 1, padding })
        .dataSync()
        .slice(0, 6 * 6 * 4);
    });
    expect(first.every(Number.isFinite)).toBe(true);
  });
});
