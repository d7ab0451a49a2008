import * as tf from '@tensorflow/tfjs-core';
import {
  deviations,
  finiteDifferenceError,
  tensorOf,
  uniform,
  type Operation,
} from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

const MAP = [2, 3, 4, 2];
const IMAGES = [2, 6, 5, 3];
type Case = readonly [operation: (...inputs: never[]) => tf.Tensor, ...shapes: number[][]];
type T = tf.Tensor;
type T4 = tf.Tensor4D;

const unary = [
  ...['abs', 'neg', 'square', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh', 'exp', 'expm1', 'sigmoid', 'softplus'],
  ...['relu', 'relu6', 'selu', 'elu', 'erf', 'asinh', 'atan', 'logSigmoid', 'softmax', 'logSoftmax', 'leakyRelu'],
] as const; // prettier-ignore
const positive = ['sqrt', 'rsqrt', 'log', 'log1p', 'acosh', 'reciprocal'];
const within = ['asin', 'acos', 'atanh'];
const binary = ['add', 'sub', 'mul', 'maximum', 'minimum', 'squaredDifference'];
const quotients = ['div', 'pow', 'atan2', 'mod'];
const reductions = ['sum', 'mean', 'max', 'min', 'prod', 'logSumExp'];
const of = (name: string) => (tf as unknown as Record<string, (...inputs: unknown[]) => T>)[name];
const above = (x: T) => tf.add(tf.mul(x, 0.3), 1.5);

const CASES: Record<string, Case> = {
  ...Object.fromEntries(unary.map((name) => [name, [(x: T) => of(name)(x), MAP]])),
  ...Object.fromEntries(positive.map((name) => [name, [(x: T) => of(name)(above(x)), MAP]])),
  ...Object.fromEntries(within.map((name) => [name, [(x: T) => of(name)(tf.mul(x, 0.8)), MAP]])),
  ...Object.fromEntries(
    binary.flatMap((name) =>
      [[MAP, MAP], [MAP, [4, 1]], [[3, 1, 2], MAP], [[], MAP]].map(
        ([a, b]) => [`${name} of [${a}] and [${b}]`, [(x: T, y: T) => of(name)(x, y), a, b]],
      ),
    ),
  ), // prettier-ignore
  ...Object.fromEntries(
    quotients.map((name) => [name, [(a: T, b: T) => of(name)(above(a), tf.add(above(b), 0.5)), MAP, [1, 2]]]),
  ), // prettier-ignore
  ...Object.fromEntries(
    reductions.flatMap((name) =>
      [undefined, 0, -1, [1, 2]].map((axis) => [`${name} over ${axis}`, [(x: T) => of(name)(x, axis), MAP]]),
    ),
  ),
  ...Object.fromEntries(
    [0, 1, 2, 3].map((axis) => [`cumsum along ${axis}`, [(x: T) => tf.cumsum(x, axis, axis % 2 === 0, axis > 1), MAP]]), // prettier-ignore
  ),
  ...Object.fromEntries(
    [[2], [3, 4, 2], [3, 4, 1], [1, 1, 2], [3, 1, 2], [1, 4, 1], [1], MAP].map((slopes) => [
      `prelu with [${slopes}]`,
      [(x: T, a: T) => tf.prelu(x, a), MAP, slopes],
    ]),
  ),
  matMul: [(a: T, b: T) => tf.matMul(a, b), [3, 4], [4, 2]],
  'matMul of transposed': [(a: T, b: T) => tf.matMul(a, b, true, true), [4, 3], [2, 4]],
  'matMul of batches': [(a: T, b: T) => tf.matMul(a, b), [2, 3, 4], [2, 4, 2]],
  'matMul of a batch and one': [(a: T, b: T) => tf.matMul(a, b), [2, 3, 4], [1, 4, 2]],
  'matMul of one and a batch': [(a: T, b: T) => tf.matMul(a, b), [3, 4], [2, 4, 2]],
  dot: [(a: T, b: T) => tf.dot(a, b), [3, 4], [4]],
  ...Object.fromEntries(
    (['same', 'valid'] as const).flatMap((pad) =>
      ([[2, 1], [2, 2], [3, 2], [[2, 3], [1, 2]]] as [number | [number, number], number | [number, number]][]).flatMap(
        ([size, strides]): [string, Case][] => [
          [`maxPool ${size}, ${strides}, ${pad}`, [(x: T4) => tf.maxPool(x, size, strides, pad), IMAGES]],
          [`avgPool ${size}, ${strides}, ${pad}`, [(x: T4) => tf.avgPool(x, size, strides, pad), IMAGES]],
        ],
      ),
    ),
  ), // prettier-ignore
  'maxPool with zeros': [(x: T4) => tf.maxPool(x, 3, 2, 1, 'floor'), IMAGES],
  'avgPool with zeros': [(x: T4) => tf.avgPool(x, 3, 2, 1, 'floor'), IMAGES],
  'avgPool in space': [(x: tf.Tensor5D) => tf.avgPool3d(x, 2, 1, 'same'), [2, 4, 4, 3, 2]],
  'maxPool in space': [(x: tf.Tensor5D) => tf.maxPool3d(x, 2, 2, 'same'), [2, 4, 4, 3, 2]],
  'conv in space': [(x: tf.Tensor5D, w: tf.Tensor5D) => tf.conv3d(x, w, 1, 'same'), [2, 4, 4, 3, 2], [2, 2, 2, 2, 3]], // prettier-ignore
  'conv2dTranspose': [(x: T4, w: T4) => tf.conv2dTranspose(x, w, [2, 6, 6, 2], 2, 'same'), [2, 3, 3, 3], [3, 2, 2, 3]], // prettier-ignore
  'separableConv2d': [(x: T4, w: T4, v: T4) => tf.separableConv2d(x, w, v, 2, 'same'), IMAGES, [3, 2, 3, 2], [1, 1, 6, 4]], // prettier-ignore
  dilation2d: [(x: T4, w: tf.Tensor3D) => tf.dilation2d(x, w, 1, 'same'), [1, 5, 5, 2], [2, 2, 2]],
  'fused matMul': [(a: tf.Tensor2D, b: tf.Tensor2D, bias: T) => tf.fused.matMul({ a, b, bias, activation: 'sigmoid' }), [3, 4], [4, 2], [2]], // prettier-ignore
  'fused conv2d': [(x: T4, filter: T4, bias: T) => tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'elu' }), IMAGES, [3, 3, 3, 2], [2]], // prettier-ignore
  batchNorm: [(x: T4, m: tf.Tensor1D, v: tf.Tensor1D, b: tf.Tensor1D, s: tf.Tensor1D) => tf.batchNorm(x, m, tf.add(v, 1.5), b, s), MAP, [2], [2], [2], [2]], // prettier-ignore
  localResponseNormalization: [(x: T4) => tf.localResponseNormalization(x, 1, 1, 0.7, 0.6), MAP],
  transpose: [(x: T) => tf.transpose(x, [2, 0, 3, 1]), MAP],
  pad: [(x: T) => tf.pad(x, [[0, 1], [1, 0], [2, 1], [0, 0]], 0.5), MAP], // prettier-ignore
  'mirrorPad, reflect': [(x: T) => tf.mirrorPad(x, [[0, 0], [1, 1], [2, 1], [0, 1]], 'reflect'), MAP], // prettier-ignore
  'mirrorPad, symmetric': [(x: T) => tf.mirrorPad(x, [[0, 1], [1, 3], [2, 1], [0, 0]], 'symmetric'), MAP], // prettier-ignore
  slice: [(x: T) => tf.slice(x, [0, 1, 1, 0], [2, 2, 2, 1]), MAP],
  concat: [(a: T, b: T) => tf.concat([a, b], 3), MAP, [2, 3, 4, 1]],
  'stack and unstack': [(a: T, b: T) => tf.add(...(tf.unstack(tf.stack([a, b], 1), 0) as [T, T])), MAP, MAP],
  split: [(x: T) => tf.mul(...(tf.split(x, 2, 2) as [T, T])), MAP],
  tile: [(x: T) => tf.tile(x, [1, 2, 1, 3]), MAP],
  reverse: [(x: T) => tf.reverse(x, [1, 3]), MAP],
  'gather within a batch': [(x: T) => tf.gather(x, tf.tensor2d([[2, 0], [1, 2]], [2, 2], 'int32'), 1, 1), [2, 4, 3]], // prettier-ignore
  unsortedSegmentSum: [(x: T) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 0, 2, 1], 'int32'), 3), [5, 3]],
  where: [(a: T, b: T) => tf.where(tf.greater(a, b), tf.mul(a, 2), b), MAP, MAP],
  broadcastTo: [(x: T) => tf.broadcastTo(x, MAP), [3, 1, 2]],
  batchToSpaceND: [(x: T) => tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]]), [4, 2, 2, 1]], // prettier-ignore
  spaceToBatchND: [(x: T) => tf.spaceToBatchND(x, [2, 2], [[0, 0], [0, 0]]), [1, 4, 4, 1]], // prettier-ignore
  addN: [(...all: T[]) => tf.addN(all), MAP, MAP, MAP],
  moments: [(x: T) => tf.moments(x, [0, 1]).variance, MAP],
  norm: [(x: T) => tf.norm(x, 2, [1]), MAP],
  ...Object.fromEntries(
    ([[6, 8], [3, 4], [5, 7], [2, 3]] as [number, number][]).flatMap((size) =>
      ([[false, false], [true, false], [false, true]] as const).flatMap(([corners, halves]): [string, Case][] => [
        [`resizeBilinear to ${size}, ${corners}, ${halves}`, [(x: T4) => tf.image.resizeBilinear(x, size, corners, halves), [2, 3, 4, 2]]],
        [`resizeNearestNeighbor to ${size}, ${corners}, ${halves}`, [(x: T4) => tf.image.resizeNearestNeighbor(x, size, corners, halves), [2, 3, 4, 2]]],
      ]),
    ),
  ), // prettier-ignore
};

describe('a stock operation has on wasm the values and gradients that it has on cpu, and they are right', () => {
  it.each(Object.entries(CASES))('%s', async (name, [operation, ...shapes]) => {
    const inputs = shapes.map((shape, i) => uniform(`${name}/${i}`, shape));
    expect(await deviations('plain', operation as Operation, inputs)).toBeLessThan(1e-5);
    // Rounding of float32 in differences, and curvature; a small step keeps to one side of where maxima change places.
    const step = /max|min|dilation/i.test(name) ? 1e-4 : 2e-3;
    expect(await finiteDifferenceError('plain', operation as Operation, inputs, step)).toBeLessThan(2e-2);
  });
});

it('an operation without a gradient is computed all the same', async () => {
  const product = (a: T, b: T) => tf.einsum('ij,jk->ki', a, b);
  const results: Float32Array[] = [];
  for (const engine of ['cpu', 'wasm'] as const) {
    await useEngine(engine);
    const tensors = tf.memory().numTensors;
    const [a, b] = [uniform('a', [3, 4]), uniform('b', [4, 2])].map(tensorOf);
    const y = product(a, b);
    expect(y.shape).toEqual([2, 3]);
    results.push(y.dataSync<'float32'>().slice());
    tf.dispose([a, b, y]);
    expect(tf.memory().numTensors).toBe(tensors);
  }
  expect(results[1]).toEqual(results[0]);
});
