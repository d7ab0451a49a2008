import {
  cast,
  grad,
  memory,
  setBackend,
  sum,
  tensor,
  tensor1d,
  tensor4d,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  activate,
  conv2d,
  depthwiseConv2d,
  type Epilogue,
  fusedConv2d,
  fusedDepthwiseConv2d,
  fusedLinear,
  linear,
  NO_PADDING,
  outputSize,
  type PointwiseActivation,
  scaleShift,
} from '@polytag/ops';
import { deviation, uniform } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

const between = (min: number, max: number) => fc.integer({ min, max });

const ends = fc.record({
  activation: fc.constantFrom<PointwiseActivation>(
    'identity',
    'relu',
    'leaky-relu',
    'hard-swish',
    'silu',
    'sigmoid',
    'hard-sigmoid',
    'gelu',
  ),
  slope: fc.constantFrom(0.01, 0.3),
});

/** Windows over small images that leave at least one output pixel. */
const windows = fc
  .record({
    batch: between(1, 3),
    height: between(1, 9),
    width: between(1, 9),
    kernel: fc.constantFrom([1, 1], [3, 3], [5, 5], [2, 4], [7, 1]),
    stride: between(1, 3),
    padding: fc.record({
      top: between(0, 3),
      bottom: between(0, 3),
      left: between(0, 3),
      right: between(0, 3),
    }),
  })
  .filter(
    ({ height, width, kernel: [kh, kw], stride, padding }) =>
      outputSize(height, kh, stride, padding.top, padding.bottom) > 0 &&
      outputSize(width, kw, stride, padding.left, padding.right) > 0,
  );

type Fused = (x: Tensor, weight: Tensor, end: Epilogue) => Tensor;
type Plain = (x: Tensor, weight: Tensor) => Tensor;
type Shapes = readonly [x: number[], weight: number[], bias: number];
type End = Omit<Epilogue, 'bias'>;

/** The fused operation on an engine against the plain one, a bias and an activation on stock operations. */
async function deviates(
  start: () => Promise<unknown>,
  fused: Fused,
  plain: Plain,
  shapes: Shapes,
  end: End,
): Promise<number> {
  const run = (compute: (x: Tensor, weight: Tensor, bias: Tensor1D) => Tensor) => {
    const before = memory().numTensors;
    const [x, weight] = shapes.slice(0, 2).map((shape) => {
      const { values } = uniform('input', shape as number[]);
      return tensor(
        values.map((v) => 3 * v),
        shape as number[],
      );
    });
    const bias = tensor1d(uniform('bias', [shapes[2]]).values);
    const y = compute(x, weight, bias);
    const got = y.dataSync() as Float32Array;
    for (const made of [x, weight, bias, y]) made.dispose();
    expect(memory().numTensors).toBe(before);
    return got;
  };
  await useEngine('cpu');
  const expected = run((x, weight, bias) => {
    const z = plain(x, weight);
    const scale = tensor1d(new Float32Array(shapes[2]).fill(1));
    const shifted = scaleShift(z, scale, bias);
    const y = activate(shifted, end.activation!, end);
    for (const made of [z, scale, shifted]) made.dispose();
    return y;
  });
  await start();
  return deviation(
    run((x, weight, bias) => fused(x, weight, { bias, ...end })),
    expected,
  );
}

const engines = [
  ['plain kernels', () => useEngine('wasm', { simd: 'plain' })],
  ['relaxed kernels', () => useEngine('wasm', { simd: 'relaxed' })],
  ['stock operations', () => useEngine('cpu')],
] as const;

describe.each(engines)('on %s', (_, start) => {
  it('fusedConv2d is conv2d, bias and activation', async () => {
    await fc.assert(
      fc.asyncProperty(
        windows,
        ends,
        between(1, 6),
        between(1, 19),
        async (window, end, channels, filters) => {
          const { batch, height, width, kernel, stride, padding } = window;
          const fused: Fused = (x, w, e) =>
            fusedConv2d(x as Tensor4D, w as Tensor4D, { stride, padding, ...e });
          const plain: Plain = (x, w) => conv2d(x as Tensor4D, w as Tensor4D, { stride, padding });
          const shapes: Shapes = [
            [batch, height, width, channels],
            [...kernel, channels, filters],
            filters,
          ] as const;
          expect(await deviates(start, fused, plain, [...shapes], end)).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("fusedConv2d is conv2d, bias and activation in Winograd's kernels", async () => {
    const padding = { top: 1, bottom: 1, left: 1, right: 1 };
    const fused: Fused = (x, w, e) => fusedConv2d(x as Tensor4D, w as Tensor4D, { stride: 1, padding, ...e });
    const plain: Plain = (x, w) => conv2d(x as Tensor4D, w as Tensor4D, { stride: 1, padding });
    const shapes: Shapes = [[2, 9, 14, 16], [3, 3, 16, 68], 68];
    for (const activation of ['identity', 'silu'] as const) {
      expect(await deviates(start, fused, plain, shapes, { activation })).toBeLessThan(1e-5);
    }
  });

  it('fusedDepthwiseConv2d is depthwiseConv2d, bias and activation', async () => {
    const widths = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12);
    await fc.assert(
      fc.asyncProperty(windows, ends, widths, async (window, end, channels) => {
        const { batch, height, width, kernel, stride, padding } = window;
        const options = { stride, padding };
        const fused: Fused = (x, w, e) =>
          fusedDepthwiseConv2d(x as Tensor4D, w as Tensor4D, { ...options, ...e });
        const plain: Plain = (x, w) => depthwiseConv2d(x as Tensor4D, w as Tensor4D, options);
        const shapes: Shapes = [[batch, height, width, channels], [...kernel, channels, 1], channels];
        expect(await deviates(start, fused, plain, shapes, end)).toBeLessThan(1e-5);
      }),
      { numRuns: 40 },
    );
  });

  // 300 inputs are two blocks of the product's sums, 150 rows two blocks of rows, 1030 outputs two blocks of columns.
  it.each([
    [5, 3, 7],
    [150, 300, 19],
    [3, 9, 1030],
  ])('fusedLinear of %i rows, %i inputs and %i outputs is linear, bias and activation', async (r, i, o) => {
    for (const activation of ['identity', 'hard-swish'] as const) {
      const fused: Fused = (x, w, e) => fusedLinear(x, w as Tensor2D, e);
      const plain: Plain = (x, w) => linear(x, w as Tensor2D);
      expect(await deviates(start, fused, plain, [[r, i], [i, o], o], { activation })).toBeLessThan(1e-5);
    }
  });
});

describe('refuses', () => {
  const x = () => tensor4d(new Float32Array(32), [1, 4, 4, 2]);
  const weight = () => tensor4d(new Float32Array(6), [1, 1, 2, 3]);
  const options = { stride: 1, padding: NO_PADDING };

  it('a bias of another length', async () => {
    await useEngine('wasm');
    for (const engine of ['wasm', 'cpu']) {
      await setBackend(engine);
      const bias = tensor1d([1, 2]);
      expect(() => fusedConv2d(x(), weight(), { ...options, bias })).toThrow(
        expect.objectContaining({ code: 'usage/shape' }),
      );
      expect(() => fusedDepthwiseConv2d(x(), weight(), { ...options, bias })).toThrow(
        expect.objectContaining({ code: 'usage/shape' }),
      );
    }
  });

  it('integers and gradients on the kernels', async () => {
    await useEngine('wasm');
    const bias = tensor1d([1, 2, 3]);
    expect(() => fusedConv2d(cast(x(), 'int32') as Tensor4D, weight(), { ...options, bias })).toThrow(
      expect.objectContaining({ code: 'usage/dtype' }),
    );
    expect(() => grad((t) => sum(fusedConv2d(t as Tensor4D, weight(), { ...options, bias })))(x())).toThrow(
      /gradient function not found for PolytagFused/,
    );
  });
});
