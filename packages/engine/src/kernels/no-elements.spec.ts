import * as tf from '@tensorflow/tfjs-core';
import * as ops from '@polytag/ops';
import { useEngine } from '../use-engine.js';

const nothing = (...shape: number[]) => tf.zeros(shape) as never;
const ones = (...shape: number[]) => tf.ones(shape) as never;
const flags = (...shape: number[]) => tf.zeros(shape, 'bool');
const padding = { top: 1, bottom: 1, left: 1, right: 1 };
const window = { stride: 1, padding } as const;
const gradient = (of: (w: tf.Tensor) => tf.Tensor, w: tf.Tensor) => tf.grad((x) => tf.sum(of(x)))(w);

/** Each has an input without elements, and most a result that has some. */
const CASES: Record<string, () => tf.Tensor> = {
  'matMul over no terms': () => tf.matMul(nothing(3, 0), nothing(0, 2)),
  'matMul of batches over no terms': () => tf.matMul(nothing(2, 3, 0), nothing(2, 0, 2)),
  'dot of nothing': () => tf.dot(nothing(0), nothing(0)),
  'conv2d over no channels': () => tf.conv2d(nothing(1, 4, 4, 0), nothing(3, 3, 0, 2), 1, 'same'),
  'gradient of conv2d over no images': () =>
    gradient((w) => tf.conv2d(nothing(0, 4, 4, 3), w as never, 1, 'same'), ones(3, 3, 3, 2)),
  'gradient of depthwiseConv2d over no images': () =>
    gradient((w) => tf.depthwiseConv2d(nothing(0, 4, 4, 2), w as never, 1, 'same'), ones(3, 3, 2, 1)),
  'gradient of matMul over no rows': () => gradient((w) => tf.matMul(nothing(0, 3), w), ones(3, 2)),
  ...Object.fromEntries(
    (['sum', 'mean', 'max', 'min', 'prod', 'argMax', 'argMin'] as const).map((name) => [
      `${name} of nothing`,
      () => tf[name](nothing(0, 2), 0),
    ]),
  ),
  'all of nothing': () => tf.all(flags(0, 2), 0),
  'any of nothing': () => tf.any(flags(0, 2), 0),
  'own matMul over no terms': () => ops.matMul(nothing(3, 0), nothing(0, 2)),
  'own linear of no rows': () => ops.linear(nothing(0, 3), ones(3, 2), ones(2)),
  'own gradient of linear over no rows': () =>
    gradient((w) => ops.linear(nothing(0, 3), w as never), ones(3, 2)),
  'own conv2d over no channels': () => ops.conv2d(nothing(1, 4, 4, 0), nothing(3, 3, 0, 2), window),
  'own gradient of conv2d over no images': () =>
    gradient((w) => ops.conv2d(nothing(0, 4, 4, 3), w as never, window), ones(3, 3, 3, 2)),
  'own depthwiseConv2d of no channels': () =>
    ops.depthwiseConv2d(nothing(1, 4, 4, 0), nothing(3, 3, 0, 1), window),
  'own attention over no keys': () =>
    ops.attention(ones(1, 3, 4), nothing(1, 0, 4), nothing(1, 0, 4), { heads: 2 }),
  'own attention of no images': () => ops.selfAttention(nothing(0, 3, 12), { heads: 2 }),
  'own pooling of no rows': () => ops.globalAveragePool(nothing(1, 0, 4, 2)),
};

const values = (of: () => tf.Tensor) => tf.tidy(() => ({ shape: of().shape, values: [...of().dataSync()] }));

// The memory of a result holds what was there before: it is filled by a tensor that is let go.
const fillMemory = () => [2, 4, 6, 12, 54].forEach((size) => tf.fill([size], 7).dispose());

it.each([['auto'], [false]] as const)(
  'computes as the cpu engine does where an input has no elements, native: %s',
  async (native) => {
    await useEngine('cpu');
    const expected = Object.entries(CASES).map(([name, of]) => [name, values(of)]);
    await useEngine('wasm', { native });
    const found = Object.entries(CASES).map(([name, of]) => {
      fillMemory();
      return [name, values(of)];
    });
    expect(found).toEqual(expected);
  },
);

it('refuses a bias without anything to add it to', async () => {
  await useEngine('wasm');
  expect(() => ops.fusedLinear(nothing(3, 0), nothing(0, 2), { bias: ones(2), activation: 'relu' })).toThrow(
    expect.objectContaining({
      code: 'usage/shape',
      message: expect.stringContaining('an input has no elements: x [3,0], weight [0,2], bias [2]'),
    }),
  );
});
