// Any shape of each operation, with its other arguments: what the builds of the kernels are compared on.
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as ops from '@polytag/ops';
import type { Operation } from '../agreement.fixture.js';

const size = (max: number, min = 1) => fc.integer({ min, max });
const shape = (...sizes: fc.Arbitrary<number>[]) => fc.tuple(...sizes);
const map = (channels: fc.Arbitrary<number>) => shape(size(3), size(9, 2), size(9, 2), channels);
/** Activations without kinks: a value beside one may fall to either side of it, and its gradient with it. */
const smooth = fc.constantFrom('identity' as const, 'silu' as const);
const activations = fc.constantFrom(
  ...(['identity', 'relu', 'leaky-relu', 'hard-swish', 'silu', 'sigmoid', 'hard-sigmoid', 'gelu'] as const),
);
const windows = fc
  .record({ k: size(5), stride: size(3), before: size(2, 0), after: size(2, 0) })
  .map(({ k, stride, before, after }) => ({
    k,
    options: { stride, padding: { top: before, left: before, bottom: after, right: after } },
  }));

export interface OperationCase {
  readonly operation: Operation;
  readonly shapes: readonly (readonly number[])[];
  /** For inference only: without gradients. */
  readonly inference?: boolean;
}

export const operationCases: Readonly<Record<string, fc.Arbitrary<OperationCase>>> = {
  linear: shape(size(300), size(150), size(40)).map(([rows, inputs, outputs]) => ({
    operation: ops.linear,
    shapes: [[rows, inputs], [inputs, outputs], [outputs]],
  })),
  'linear over blocks of terms': shape(size(9), size(1100, 500), size(40)).map(([rows, inputs, outputs]) => ({
    operation: ops.linear,
    shapes: [
      [rows, inputs],
      [inputs, outputs],
    ],
  })),
  matMul: fc
    .tuple(size(70), size(70), size(70), fc.boolean(), fc.boolean())
    .map(([m, k, n, transposeA, transposeB]) => ({
      operation: (a: tf.Tensor2D, b: tf.Tensor2D) => ops.matMul(a, b, { transposeA, transposeB }),
      shapes: [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]],
    })),
  groupLinear: shape(size(5), size(5), size(19), size(9)).map(([batch, groups, d, f]) => ({
    operation: ops.groupLinear,
    shapes: [
      [batch, groups, d],
      [groups, d, f],
    ],
  })),
  attention: shape(size(3), size(9), size(9), size(7), size(3)).map(([batch, queries, keys, d, heads]) => ({
    operation: (q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D) => ops.attention(q, k, v, { heads }),
    shapes: [queries, keys, keys].map((tokens) => [batch, tokens, d * heads]),
  })),
  selfAttention: shape(size(3), size(9), size(7), size(3)).map(([batch, tokens, d, heads]) => ({
    operation: (qkv: tf.Tensor3D) => ops.selfAttention(qkv, { heads }),
    shapes: [[batch, tokens, 3 * d * heads]],
  })),
  conv2d: fc.tuple(map(size(9)), windows, size(20)).map(([x, { k, options }, filters]) => ({
    operation: (image: tf.Tensor4D, weight: tf.Tensor4D) => ops.conv2d(image, weight, options),
    shapes: [x, [Math.min(k, x[1]), Math.min(k, x[2]), x[3], filters]],
  })),
  // Large enough for Winograd's kernels, whose transforms round as well.
  'conv2d 3x3 of stride 1': shape(size(3), size(14, 8), size(14, 8), size(8, 2), size(8, 2)).map(
    ([n, h, w, inputs, outputs]) => ({
      operation: (image: tf.Tensor4D, weight: tf.Tensor4D) =>
        ops.conv2d(image, weight, { stride: 1, padding: { top: 1, bottom: 1, left: 1, right: 1 } }),
      shapes: [
        [n, h, w, inputs * 4],
        [3, 3, inputs * 4, outputs * 4],
      ],
    }),
  ),
  depthwiseConv2d: fc.tuple(map(size(21)), windows).map(([x, { k, options }]) => ({
    operation: (image: tf.Tensor4D, weight: tf.Tensor4D) => ops.depthwiseConv2d(image, weight, options),
    shapes: [x, [Math.min(k, x[1]), Math.min(k, x[2]), x[3], 1]],
  })),
  fusedConv2d: fc
    .tuple(map(size(9)), windows, size(20), activations)
    .map(([x, { k, options }, out, activation]) => ({
      operation: (image: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D) =>
        ops.fusedConv2d(image, weight, { ...options, bias, activation }),
      shapes: [x, [Math.min(k, x[1]), Math.min(k, x[2]), x[3], out], [out]],
      inference: true,
    })),
  fusedDepthwiseConv2d: fc
    .tuple(map(size(21)), windows, activations)
    .map(([x, { k, options }, activation]) => ({
      operation: (image: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D) =>
        ops.fusedDepthwiseConv2d(image, weight, { ...options, bias, activation }),
      shapes: [x, [Math.min(k, x[1]), Math.min(k, x[2]), x[3], 1], [x[3]]],
      inference: true,
    })),
  fusedLinear: fc
    .tuple(size(50), size(50), size(50), activations)
    .map(([rows, inputs, outputs, activation]) => ({
      operation: (x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D) =>
        ops.fusedLinear(x, weight, { bias, activation }),
      shapes: [[rows, inputs], [inputs, outputs], [outputs]],
      inference: true,
    })),
  batchNormTrain: fc.tuple(size(60, 8), size(30), smooth).map(([rows, channels, activation]) => ({
    operation: (x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D) => {
      const { output, mean, variance } = ops.batchNormTrain(x, gamma, beta, { epsilon: 1e-3, activation });
      tf.dispose([mean, variance]);
      return output;
    },
    shapes: [[rows, channels], [channels], [channels]],
  })),
  scaleShift: fc.tuple(size(60), size(30), smooth).map(([rows, channels, activation]) => ({
    operation: (x: tf.Tensor, scale: tf.Tensor1D, shift: tf.Tensor1D) =>
      ops.scaleShift(x, scale, shift, { activation }),
    shapes: [[rows, channels], [channels], [channels]],
  })),
  layerNorm: shape(size(40), size(60, 8)).map(([rows, features]) => ({
    operation: (x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D) => ops.layerNorm(x, gamma, beta, 1e-3),
    shapes: [[rows, features], [features], [features]],
  })),
  l2Normalise: fc.tuple(size(40), size(60, 4), fc.boolean()).map(([rows, features, last]) => ({
    operation: (x: tf.Tensor) => ops.l2Normalise(x, last ? 1 : 0),
    shapes: [last ? [rows, features] : [features, rows]],
  })),
  activate: fc.tuple(size(40), size(60), activations).map(([rows, columns, activation]) => ({
    operation: (x: tf.Tensor) => ops.activate(x, activation),
    shapes: [[rows, columns]],
  })),
  prelu: shape(size(40), size(60)).map((x) => ({ operation: ops.prelu, shapes: [x, [1]] })),
  softmax: shape(size(40), size(60)).map((x) => ({ operation: ops.softmax, shapes: [x] })),
  blurPool: map(size(9)).map((x) => ({ operation: ops.blurPool, shapes: [x] })),
  averagePool: map(size(9)).map((x) => ({ operation: ops.averagePool, shapes: [x] })),
  globalAveragePool: map(size(9)).map((x) => ({ operation: ops.globalAveragePool, shapes: [x] })),
  channelScale: map(size(9)).map((x) => ({ operation: ops.channelScale, shapes: [x, [x[0], x[3]]] })),
};
