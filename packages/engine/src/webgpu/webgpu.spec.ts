import * as tf from '@tensorflow/tfjs-core';
import * as ops from '@polytag/ops';
import { deviations, uniform, type Operation } from '../agreement.fixture.js';
import { engineName, useEngine } from '../use-engine.js';
import { findAdapter } from './adapter.fixture.js';

const { adapter, reason } = await findAdapter();
if (!adapter) process.stdout.write(`The operations are not run on WebGPU: ${reason}\n`);
else process.stdout.write(`WebGPU adapter: ${adapter}\n`);
const onGpu = adapter ? it : it.skip;

const padding = ops.resolvePadding('symmetric', [7, 6], [3, 3], 2);
const ACTIVATIONS = [
  'identity',
  'relu',
  'leaky-relu',
  'hard-swish',
  'silu',
  'sigmoid',
  'hard-sigmoid',
  'gelu',
] as const;
const map = [2, 7, 6, 5];

type Case = readonly [name: string, operation: Operation, ...shapes: number[][]];

/** Every operation of the package with a gradient. */
const cases: Case[] = [
  ['conv2d', (x: tf.Tensor4D, w: tf.Tensor4D) => ops.conv2d(x, w, { stride: 2, padding }), map, [3, 3, 5, 4]],
  [
    'conv2d, pointwise',
    (x: tf.Tensor4D, w: tf.Tensor4D) => ops.conv2d(x, w, { stride: 1, padding: ops.NO_PADDING }),
    map,
    [1, 1, 5, 9],
  ],
  [
    'depthwiseConv2d',
    (x: tf.Tensor4D, w: tf.Tensor4D) => ops.depthwiseConv2d(x, w, { stride: 2, padding }),
    map,
    [3, 3, 5, 1],
  ],
  ['linear', (x: tf.Tensor, w: tf.Tensor2D, b: tf.Tensor1D) => ops.linear(x, w, b), [3, 4, 5], [5, 6], [6]],
  [
    // The feed-forward layer of ML-Decoder: its gradient sums over 2048 into a small result.
    'linear, small with a long inner dimension',
    (x: tf.Tensor, w: tf.Tensor2D) => ops.linear(x, w),
    [9, 32],
    [32, 2048],
  ],
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): Case => [
      `matMul${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
      (a: tf.Tensor, b: tf.Tensor) => ops.matMul(a, b, { transposeA, transposeB }),
      transposeA ? [2, 4, 3] : [2, 3, 4],
      transposeB ? [2, 5, 4] : [2, 4, 5],
    ]),
  ),
  ['groupLinear', (t: tf.Tensor3D, w: tf.Tensor3D) => ops.groupLinear(t, w), [3, 4, 5], [4, 5, 2]],
  ...[undefined, { rate: 0.3, seed: 5 }].map((dropout): Case => [
    `attention${dropout ? ' with dropout' : ''}`,
    (q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D) => ops.attention(q, k, v, { heads: 2, dropout }),
    [2, 3, 8],
    [2, 5, 8],
    [2, 5, 8],
  ]),
  ['selfAttention', (qkv: tf.Tensor3D) => ops.selfAttention(qkv, { heads: 2 }), [2, 3, 24]],
  ...(['identity', 'relu', 'hard-swish', 'silu', 'leaky-relu'] as const).flatMap((activation): Case[] => [
    [
      `batchNormTrain, ${activation}`,
      (x: tf.Tensor, g: tf.Tensor1D, b: tf.Tensor1D) =>
        ops.batchNormTrain(x, g, b, { epsilon: 1e-3, activation }).output,
      map,
      [5],
      [5],
    ],
    [
      `scaleShift, ${activation}`,
      (x: tf.Tensor, s: tf.Tensor1D, b: tf.Tensor1D) => ops.scaleShift(x, s, b, { activation }),
      map,
      [5],
      [5],
    ],
  ]),
  [
    'layerNorm',
    (x: tf.Tensor, g: tf.Tensor1D, b: tf.Tensor1D) => ops.layerNorm(x, g, b, 1e-5),
    [3, 4, 8],
    [8],
    [8],
  ],
  ['l2Normalise, rows', (x: tf.Tensor) => ops.l2Normalise(x, -1), [4, 6]],
  ['l2Normalise, columns', (x: tf.Tensor) => ops.l2Normalise(x, 0), [4, 6]],
  ...ACTIVATIONS.map((name): Case => [
    `activate, ${name}`,
    (x: tf.Tensor) => ops.activate(tf.mul(x, 4), name),
    [5, 7],
  ]),
  ['prelu', (x: tf.Tensor, slope: tf.Tensor1D) => ops.prelu(x, slope), [5, 7], [1]],
  ['softmax', (x: tf.Tensor) => ops.softmax(x), [5, 7]],
  ['dropout', (x: tf.Tensor) => ops.dropout(x, 0.4, 9), [5, 70]],
  ['addResidual', (x: tf.Tensor, y: tf.Tensor) => ops.addResidual(x, y), map, map],
  ['globalAveragePool', (x: tf.Tensor4D) => ops.globalAveragePool(x), map],
  ['globalMaxPool', (x: tf.Tensor4D) => ops.globalMaxPool(x), map],
  ['channelScale', (x: tf.Tensor4D, s: tf.Tensor2D) => ops.channelScale(x, s), map, [2, 5]],
  ...ACTIVATIONS.flatMap((activation): Case[] => [
    [
      `fusedConv2d, ${activation}`,
      (x: tf.Tensor4D, w: tf.Tensor4D, bias: tf.Tensor1D) =>
        ops.fusedConv2d(x, w, { stride: 2, padding, bias, activation }),
      map,
      [3, 3, 5, 4],
      [4],
    ],
    [
      `fusedDepthwiseConv2d, ${activation}`,
      (x: tf.Tensor4D, w: tf.Tensor4D, bias: tf.Tensor1D) =>
        ops.fusedDepthwiseConv2d(x, w, { stride: 2, padding, bias, activation }),
      map,
      [3, 3, 5, 1],
      [5],
    ],
    [
      `fusedLinear, ${activation}`,
      (x: tf.Tensor, w: tf.Tensor2D, bias: tf.Tensor1D) => ops.fusedLinear(x, w, { bias, activation }),
      [3, 5],
      [5, 4],
      [4],
    ],
  ]),
];

describe('on WebGPU, value and gradients of', () => {
  beforeAll(async () => {
    if (!adapter) return;
    await useEngine('webgpu');
    // By default the backend computes on the CPU what is small and lies there, as all the inputs here do.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
  });

  for (const [name, operation, ...shapes] of cases) {
    onGpu(name, async () => {
      const inputs = shapes.map((shape, i) => uniform(`input ${i}`, shape));
      expect(await deviations('webgpu', operation, inputs)).toBeLessThan(1e-5);
    });
  }
});

onGpu('names the engine, and runs beside the others', async () => {
  await useEngine('webgpu');
  expect(engineName()).toBe('webgpu');
  await useEngine('wasm');
  expect(engineName()).toBe('wasm');
  await useEngine('webgpu');
  const y = ops.linear(tf.ones([2, 3]), tf.fill([3, 1], 2));
  expect(Array.from(await y.data())).toEqual([6, 6]);
  y.dispose();
});
