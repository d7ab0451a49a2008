import { tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { input, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { RandomStream, type PaddingRule } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { Convolution2D } from './convolution-2d.js';
import { DepthwiseConvolution2D } from './depthwise-convolution-2d.js';

beforeAll(() => useEngine('cpu'));

const random = new RandomStream(1, 'convolution');
const image = (shape: [number, number, number, number]) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    shape,
  ) as Tensor4D;

/** Zeros before the first pixel: half of what the rule adds, rounded down (docs/method.md#same-padding). */
function before(rule: PaddingRule, size: number, kernel: number, stride: number): number {
  if (rule === 'symmetric') return (kernel - 1) / 2;
  return Math.floor(Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0) / 2);
}

/** The definition, element by element: sum over the window and the input channels of group(o). */
function definition(
  x: Tensor4D,
  weight: (ky: number, kx: number, i: number, o: number) => number,
  options: {
    kernel: number;
    stride: number;
    rule: PaddingRule;
    outputs: readonly [number, number, number];
    depthwise: boolean;
  },
): number[] {
  const [, height, width, channels] = x.shape;
  const values = x.dataSync();
  const { kernel, stride, rule, depthwise } = options;
  const [rows, columns, filters] = options.outputs;
  const [top, left] = [before(rule, height, kernel, stride), before(rule, width, kernel, stride)];
  const result: number[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let o = 0; o < filters; o++) {
        let sum = 0;
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const [y, z] = [row * stride + ky - top, column * stride + kx - left];
            if (y < 0 || z < 0 || y >= height || z >= width) continue;
            for (const i of depthwise ? [o] : [...Array(channels).keys()])
              sum += values[(y * width + z) * channels + i] * weight(ky, kx, i, o);
          }
        result.push(sum);
      }
  return result;
}

const cases = fc.record({
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  kernelSize: fc.constantFrom(1, 3, 5),
  stride: fc.constantFrom(1, 2),
  padding: fc.constantFrom<PaddingRule>('symmetric', 'same'),
});

describe.each([
  ['Convolution2D', false],
  ['DepthwiseConvolution2D', true],
] as const)('%s', (_, depthwise) => {
  it('is the sum over its window, at any size, and announces its shape', () => {
    fc.assert(
      fc.property(cases, ({ height, width, kernelSize, stride, padding }) => {
        const common = { name: 'conv', kernelSize, stride, padding, seed: 5 };
        const layer = depthwise
          ? new DepthwiseConvolution2D(common)
          : new Convolution2D({ ...common, filters: 3 });
        const x = image([1, height, width, 2]);
        const y = layer.apply(x) as Tensor4D;
        expect(y.shape).toEqual(layer.computeOutputShape([1, height, width, 2]));
        const filters = depthwise ? 2 : 3;
        const weights = layer.parameters[0].variable.read().dataSync();
        const weight = (ky: number, kx: number, i: number, o: number) =>
          depthwise
            ? weights[(ky * kernelSize + kx) * 2 + i]
            : weights[((ky * kernelSize + kx) * 2 + i) * filters + o];
        const expected = definition(x, weight, {
          kernel: kernelSize,
          stride,
          rule: padding,
          outputs: [y.shape[1], y.shape[2], filters],
          depthwise,
        });
        y.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
      }),
      { numRuns: 40 },
    );
  });

  it('leaves unknown sizes unknown', () => {
    const common = { name: 'conv', kernelSize: 3, stride: 2 };
    const layer = depthwise
      ? new DepthwiseConvolution2D(common)
      : new Convolution2D({ ...common, filters: 2 });
    const y = layer.apply(input({ shape: [null, null, 2] })) as SymbolicTensor;
    expect(y.shape).toEqual([null, null, null, 2]);
  });
});
