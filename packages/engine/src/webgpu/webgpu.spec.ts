import * as tf from '@tensorflow/tfjs-core';
import { deviations, values, type Operation } from '../agreement.fixture.js';
import * as engine from '../index.js';
import { findAdapter } from './adapter.fixture.js';

const { adapter, reason } = await findAdapter();
if (!adapter) process.stdout.write(`The operations are not run on WebGPU: ${reason}\n`);
else process.stdout.write(`WebGPU adapter: ${adapter}\n`);
const onGpu = adapter ? it : it.skip;

const padding = engine.resolvePadding('symmetric', [7, 6], [3, 3], 2);
const ACTIVATIONS = [
  'identity',
  'relu',
  'leaky-relu',
  'hard-swish',
  'silu',
  'sigmoid',
  'hard-sigmoid',
] as const;
const map = [2, 7, 6, 5];

type Case = readonly [name: string, operation: Operation, ...shapes: number[][]];

/** Every operation of the package with a gradient. */
const cases: Case[] = [
  [
    'conv2d',
    (x: tf.Tensor4D, w: tf.Tensor4D) => engine.conv2d(x, w, { stride: 2, padding }),
    map,
    [3, 3, 5, 4],
  ],
  [
    'conv2d, pointwise',
    (x: tf.Tensor4D, w: tf.Tensor4D) => engine.conv2d(x, w, { stride: 1, padding: engine.NO_PADDING }),
    map,
    [1, 1, 5, 9],
  ],
  [
    'depthwiseConv2d',
    (x: tf.Tensor4D, w: tf.Tensor4D) => engine.depthwiseConv2d(x, w, { stride: 2, padding }),
    map,
    [3, 3, 5, 1],
  ],
  [
    'linear',
    (x: tf.Tensor, w: tf.Tensor2D, b: tf.Tensor1D) => engine.linear(x, w, b),
    [3, 4, 5],
    [5, 6],
    [6],
  ],
  [
    // The feed-forward layer of ML-Decoder: its gradient sums over 2048 into a small result.
    'linear, small with a long inner dimension',
    (x: tf.Tensor, w: tf.Tensor2D) => engine.linear(x, w),
    [9, 32],
    [32, 2048],
  ],
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): Case => [
      `matMul${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
      (a: tf.Tensor, b: tf.Tensor) => engine.matMul(a, b, { transposeA, transposeB }),
      transposeA ? [2, 4, 3] : [2, 3, 4],
      transposeB ? [2, 5, 4] : [2, 4, 5],
    ]),
  ),
  ['groupLinear', (t: tf.Tensor3D, w: tf.Tensor3D) => engine.groupLinear(t, w), [3, 4, 5], [4, 5, 2]],
  ...[undefined, { rate: 0.3, seed: 5 }].map((dropout): Case => [
    `attention${dropout ? ' with dropout' : ''}`,
    (q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D) => engine.attention(q, k, v, { heads: 2, dropout }),
    [2, 3, 8],
    [2, 5, 8],
    [2, 5, 8],
  ]),
  ...(['identity', 'relu', 'hard-swish', 'silu', 'leaky-relu'] as const).flatMap((activation): Case[] => [
    [
      `batchNormTrain, ${activation}`,
      (x: tf.Tensor, g: tf.Tensor1D, b: tf.Tensor1D) =>
        engine.batchNormTrain(x, g, b, { epsilon: 1e-3, activation }).output,
      map,
      [5],
      [5],
    ],
    [
      `scaleShift, ${activation}`,
      (x: tf.Tensor, s: tf.Tensor1D, b: tf.Tensor1D) => engine.scaleShift(x, s, b, { activation }),
      map,
      [5],
      [5],
    ],
  ]),
  [
    'layerNorm',
    (x: tf.Tensor, g: tf.Tensor1D, b: tf.Tensor1D) => engine.layerNorm(x, g, b, 1e-5),
    [3, 4, 8],
    [8],
    [8],
  ],
  ['l2Normalise, rows', (x: tf.Tensor) => engine.l2Normalise(x, -1), [4, 6]],
  ['l2Normalise, columns', (x: tf.Tensor) => engine.l2Normalise(x, 0), [4, 6]],
  ...ACTIVATIONS.map((name): Case => [
    `activate, ${name}`,
    (x: tf.Tensor) => engine.activate(tf.mul(x, 4), name),
    [5, 7],
  ]),
  ['prelu', (x: tf.Tensor, slope: tf.Tensor1D) => engine.prelu(x, slope), [5, 7], [1]],
  ['softmax', (x: tf.Tensor) => engine.softmax(x), [5, 7]],
  ['dropout', (x: tf.Tensor) => engine.dropout(x, 0.4, 9), [5, 70]],
  ['addResidual', (x: tf.Tensor, y: tf.Tensor) => engine.addResidual(x, y), map, map],
  ['globalAveragePool', (x: tf.Tensor4D) => engine.globalAveragePool(x), map],
  ['globalMaxPool', (x: tf.Tensor4D) => engine.globalMaxPool(x), map],
  ['channelScale', (x: tf.Tensor4D, s: tf.Tensor2D) => engine.channelScale(x, s), map, [2, 5]],
  ...ACTIVATIONS.flatMap((activation): Case[] => [
    [
      `fusedConv2d, ${activation}`,
      (x: tf.Tensor4D, w: tf.Tensor4D, bias: tf.Tensor1D) =>
        engine.fusedConv2d(x, w, { stride: 2, padding, bias, activation }),
      map,
      [3, 3, 5, 4],
      [4],
    ],
    [
      `fusedDepthwiseConv2d, ${activation}`,
      (x: tf.Tensor4D, w: tf.Tensor4D, bias: tf.Tensor1D) =>
        engine.fusedDepthwiseConv2d(x, w, { stride: 2, padding, bias, activation }),
      map,
      [3, 3, 5, 1],
      [5],
    ],
    [
      `fusedLinear, ${activation}`,
      (x: tf.Tensor, w: tf.Tensor2D, bias: tf.Tensor1D) => engine.fusedLinear(x, w, { bias, activation }),
      [3, 5],
      [5, 4],
      [4],
    ],
  ]),
];

describe('on WebGPU, value and gradients of', () => {
  beforeAll(async () => {
    if (!adapter) return;
    await engine.useEngine('webgpu');
    // By default the backend computes on the CPU what is small and lies there, as all the inputs here do.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
  });

  for (const [name, operation, ...shapes] of cases) {
    onGpu(name, async () => {
      const inputs = shapes.map((shape, i) => values(`input ${i}`, shape));
      expect(await deviations('webgpu', operation, inputs)).toBeLessThan(1e-5);
    });
  }
});

onGpu('names the engine, and runs beside the others', async () => {
  await engine.useEngine('webgpu');
  expect(engine.engineName()).toBe('webgpu');
  await engine.useEngine('wasm');
  expect(engine.engineName()).toBe('wasm');
  await engine.useEngine('webgpu');
  const y = engine.linear(tf.ones([2, 3]), tf.fill([3, 1], 2));
  expect(Array.from(await y.data())).toEqual([6, 6]);
  y.dispose();
});
