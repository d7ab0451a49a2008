import { grads, ones, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { conv2d, depthwiseConv2d, linear } from '@polytag/ops';
import { observeKernels, type KernelCall } from './observe-kernels.js';
import { productOf } from './product-of.js';
import { measureRoofline } from './roofline.js';
import { speedTable } from './speed-table.js';

const padding = { top: 1, bottom: 1, left: 1, right: 1 };

/** The products of an operation's forward pass and both gradients. */
function productsOf(operation: (x: Tensor, weight: Tensor) => Tensor, x: number[], weight: number[]) {
  const calls: KernelCall[] = [];
  const stop = observeKernels((call) => calls.push(call));
  grads(operation)([ones(x), ones(weight)]);
  stop();
  return calls.flatMap((call) => productOf(call) ?? []);
}

describe('products on the wasm engine', () => {
  beforeAll(() => useEngine('wasm'));

  const passes = ['dW', 'dX', 'forward'];

  it.each([
    {
      operation: (x: Tensor, w: Tensor): Tensor =>
        conv2d(x as Tensor4D, w as Tensor4D, { stride: 2, padding }),
      x: [2, 9, 7, 3],
      weight: [3, 3, 3, 8],
      shape: 'dense 3x3/2 2x9x7 3->8',
      // 2 images, 5 x 4 places, 9 x 3 terms, 8 filters
      operations: 2 * (2 * 20 * 27 * 8),
    },
    {
      operation: (x: Tensor, w: Tensor): Tensor =>
        depthwiseConv2d(x as Tensor4D, w as Tensor4D, { stride: 1, padding }),
      x: [2, 6, 5, 4],
      weight: [3, 3, 4, 1],
      shape: 'depthwise 3x3/1 2x6x5 4',
      operations: 2 * (2 * 30 * 9 * 4),
    },
    {
      operation: (x: Tensor, w: Tensor): Tensor => linear(x, w as Tensor2D),
      x: [2, 3, 4, 5],
      weight: [5, 6],
      shape: 'pointwise 2x3x4 5->6',
      operations: 2 * (24 * 5 * 6),
    },
    {
      operation: (x: Tensor, w: Tensor): Tensor => linear(x, w as Tensor2D),
      x: [4, 5],
      weight: [5, 6],
      shape: 'linear 4 5->6',
      operations: 2 * (4 * 5 * 6),
    },
  ])('have the same shape and arithmetic in all passes: $shape', (example) => {
    const products = productsOf(example.operation, example.x, example.weight);
    expect(products.map(({ pass }) => pass).sort()).toEqual(passes);
    for (const product of products) {
      expect(product).toMatchObject({ shape: example.shape, operations: example.operations });
    }
  });

  it('are not observed any more after the end', () => {
    const calls: KernelCall[] = [];
    observeKernels((call) => calls.push(call))();
    linear(ones([1, 2]), ones([2, 2]) as Tensor2D);
    expect(calls).toEqual([]);
  });
});

it('the table gives shares of the roofline', () => {
  const speed = (shape: string, gigaflops: number) =>
    ({ shape, kind: 'linear', pass: 'forward', ms: 1, gigaflops }) as const;
  const table = speedTable([speed('slow', 10), speed('fast', 40)], 50);
  expect(table).toMatch(/slow +forward +1\.000 +10\.0 +20 %/);
  expect(table).toMatch(/fast +forward +1\.000 +40\.0 +80 %/);
  expect(table).toMatch(/share: of WebAssembly's roofline, .*, 50\.0 GFLOP\/s/);
});

it('the table gives the geometric mean of pointwise products', () => {
  const speed = (
    pass: 'forward' | 'dX' | 'dW',
    gigaflops: number,
    kind: 'pointwise' | 'depthwise' = 'pointwise',
  ) => ({ shape: 'any', kind, pass, ms: 1, gigaflops }) as const;
  const speeds = [speed('forward', 10), speed('forward', 40), speed('dX', 30), speed('dW', 27), speed('dW', 1, 'depthwise')]; // prettier-ignore
  // (10 · 40 · 30 · 27)^(1/4) = 23.86
  expect(speedTable(speeds, 50)).toContain('23.9 GFLOP/s (forward 20.0, dX 30.0, dW 27.0)');
});

it.each(['plain', 'relaxed'] as const)('the roofline runs, %s build', async (build) => {
  await useEngine('wasm', { simd: build });
  expect(await measureRoofline(build, 1)).toBeGreaterThan(0);
});
