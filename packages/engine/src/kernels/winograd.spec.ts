import { grads, memory, pad, tensor, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { conv2d, NO_PADDING, type Padding2D } from '@polytag/ops';
import { deviation, deviations, finiteDifferenceError, uniform } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';
import { sizesOf, type WindowSizes } from './window.js';
import { ofInputGradient, winogradPays } from './winograd.js';

const between = (min: number, max: number) => fc.integer({ min, max });

const tiled = (xShape: readonly number[], filters: number, padding: Padding2D): WindowSizes =>
  sizesOf({ stride: 1, ...padding, xShape, wShape: [3, 3, xShape[3], filters] });

/** Convolutions 3x3 of stride 1 for which value and both gradients go through Winograd's kernels. */
const convolutions = fc
  .record({
    x: fc.tuple(between(1, 3), between(4, 9), between(4, 9), fc.constantFrom(8, 12, 16, 24)),
    filters: fc.constantFrom(8, 12, 20, 28),
    padding: fc.record({
      top: between(0, 3),
      bottom: between(0, 3),
      left: between(0, 3),
      right: between(0, 3),
    }),
  })
  .filter(({ x, filters, padding }) => {
    const convolution = tiled(x, filters, padding);
    return winogradPays(convolution) && winogradPays(ofInputGradient(convolution));
  });

describe.each(['plain', 'relaxed'] as const)('%s kernels', (build) => {
  it('agree with stock operations where Winograd is chosen', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ x, filters, padding }) => {
        const operation = (image: Tensor4D, weight: Tensor4D) =>
          conv2d(image, weight, { stride: 1, padding });
        const inputs = [uniform('x', x), uniform('w', [3, 3, x[3], filters])];
        expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
      }),
      { numRuns: 5 },
    );
  });

  it.each([
    [[2, 8, 8, 16], 16, { top: 1, bottom: 1, left: 1, right: 1 }],
    [[3, 9, 7, 12], 20, { top: 0, bottom: 1, left: 0, right: 1 }],
    [[2, 9, 10, 24], 12, { top: 2, bottom: 0, left: 3, right: 1 }],
  ])('agree with finite differences, input %j and %d filters', async (x, filters, padding) => {
    const operation = (image: Tensor4D, weight: Tensor4D) => conv2d(image, weight, { stride: 1, padding });
    const convolution = tiled(x, filters, padding);
    expect(winogradPays(convolution) && winogradPays(ofInputGradient(convolution))).toBe(true);
    const inputs = [uniform('x', x), uniform('w', [3, 3, x[3], filters])];
    expect(await finiteDifferenceError(build, operation, inputs, 1)).toBeLessThan(1e-4);
  });

  // 200 tiles are four blocks of the value and of the gradient of a small weight, two of a large one; 132 filters are three
  // groups of columns.
  it.each([16, 128])(
    'agree with laid-out receptive fields over several blocks, %d channels',
    async (channels) => {
      const [shape, filters, padding] = [
        [2, 38, 39, channels],
        132,
        { top: 1, bottom: 1, left: 1, right: 1 },
      ];
      expect(winogradPays(tiled(shape, filters, padding))).toBe(true);
      await useEngine('wasm', { simd: build });
      const tiles = (image: Tensor, weight: Tensor) =>
        conv2d(image as Tensor4D, weight as Tensor4D, { stride: 1, padding });
      // A column of zeros makes it a 3x4 convolution, which has no tiles.
      const fields = (image: Tensor, weight: Tensor) => {
        const wide = pad(weight as Tensor4D, [
          [0, 0],
          [0, 1],
          [0, 0],
          [0, 0],
        ]);
        return conv2d(image as Tensor4D, wide, { stride: 1, padding: { ...padding, right: 2 } });
      };
      const before = memory().numTensors;
      const run = (operation: typeof tiles) =>
        tidy(() => {
          const [x, w, dy] = [shape, [3, 3, channels, filters], [2, 38, 39, filters]].map((of, i) =>
            tensor(uniform(`${i}`, of).values, of),
          );
          return [operation(x, w), ...grads(operation)([x, w], dy)].map((t) => t.dataSync());
        });
      const expected = run(fields);
      run(tiles).forEach((actual, i) => expect(deviation(actual, expected[i])).toBeLessThan(1e-5));
      expect(memory().numTensors).toBe(before);
    },
  );

  it('stay within 4e-6 of the largest value of a convolution in float64', async () => {
    const [shape, filters] = [[2, 12, 12, 64], 16];
    expect(winogradPays(tiled(shape, filters, NO_PADDING))).toBe(true);
    const [x, w] = [uniform('x', shape), uniform('w', [3, 3, 64, filters])];
    await useEngine('wasm', { simd: build });
    const run = grads((image: Tensor, weight: Tensor) =>
      conv2d(image as Tensor4D, weight as Tensor4D, { stride: 1, padding: NO_PADDING }),
    );
    const dy = uniform('dy', [2, 10, 10, filters]);
    const got = tidy(() => {
      const [image, weight] = [tensor(x.values, shape), tensor(w.values, [3, 3, 64, filters])];
      const y = conv2d(image as Tensor4D, weight as Tensor4D, { stride: 1, padding: NO_PADDING });
      const gradients = run([image, weight], tensor(dy.values, [2, 10, 10, filters]));
      return [y, ...gradients].map((t) => t.dataSync());
    });
    const exact = inFloat64(x.values, w.values, dy.values);
    got.forEach((actual, i) => expect(deviation(actual, exact[i])).toBeLessThan(4e-6));
  });
});

/** y, dx and dw of 2 images 12x12 of 64 channels and 16 filters without padding. */
function inFloat64(x: Float32Array, w: Float32Array, dy: Float32Array): Float64Array[] {
  const [y, dx, dw] = [dy, x, w].map(({ length }) => new Float64Array(length));
  for (let pixel = 0; pixel < 200; pixel++) {
    const corner = Math.floor(pixel / 100) * 144 + Math.floor((pixel % 100) / 10) * 12 + (pixel % 10);
    for (let tap = 0; tap < 9; tap++) {
      const at = (corner + Math.floor(tap / 3) * 12 + (tap % 3)) * 64;
      for (let c = 0; c < 64; c++) {
        for (let k = 0; k < 16; k++) {
          const [i, j, o] = [at + c, (tap * 64 + c) * 16 + k, pixel * 16 + k];
          y[o] += x[i] * w[j];
          dx[i] += dy[o] * w[j];
          dw[j] += x[i] * dy[o];
        }
      }
    }
  }
  return [y, dx, dw];
}

it('is not chosen for channels that are no multiple of 4, for few channels, and for a single tile', () => {
  const padding = { top: 1, bottom: 1, left: 1, right: 1 };
  expect(winogradPays(tiled([8, 56, 56, 64], 64, padding))).toBe(true);
  expect(winogradPays(tiled([8, 56, 56, 63], 64, padding))).toBe(false);
  expect(winogradPays(tiled([8, 56, 56, 64], 62, padding))).toBe(false);
  expect(winogradPays(tiled([8, 8, 8, 4], 4, padding))).toBe(false);
  expect(winogradPays(tiled([1, 4, 4, 64], 64, padding))).toBe(false);
});
