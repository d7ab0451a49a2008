import * as tf from '@tensorflow/tfjs-core';
import { useEngine } from '../use-engine.js';

/** NaN of both signs, as processors and JavaScript make them, and a number. */
const values = () => {
  const bits = new Uint32Array([0x7fc00000, 0xffc00000, 0]);
  const floats = new Float32Array(bits.buffer);
  floats[2] = 7;
  return tf.tensor2d(floats, [3, 1]);
};
const map = () => tf.reshape(values(), [1, 3, 1, 1]) as tf.Tensor4D;
const activations = ['relu', 'relu6'] as const;
const window = { strides: 1, pad: 'same' } as const;
/** One channel of one, of which tfjs makes a depthwise convolution. */
const narrow = (size: number) => ({
  x: map(),
  filter: tf.ones([size, size, 1, 1]) as tf.Tensor4D,
  ...window,
});

const CASES: Record<string, () => tf.Tensor> = {
  relu: () => tf.relu(values()),
  relu6: () => tf.relu6(values()),
  clipByValue: () => tf.clipByValue(values(), 0, 6.5),
  maximum: () => tf.maximum(values(), 0),
  'maximum with NaN': () => tf.maximum(tf.tensor2d([[NaN], [NaN], [1]]), values()),
  minimum: () => tf.minimum(0, values()),
  'average pooling': () => tf.avgPool(map(), 1, 1, 'same'),
  'depthwiseConv2d of infinities': () =>
    tf.depthwiseConv2d(
      tf.tensor4d([-Infinity, Infinity, -Infinity, 2], [1, 4, 1, 1]),
      tf.ones([2, 1, 1, 1]),
      1,
      'valid',
    ),
  ...Object.fromEntries(
    ([...activations, 'linear', 'elu', 'sigmoid'] as const).flatMap((activation) => [
      [`depthwiseConv2d, ${activation}`, () => tf.fused.depthwiseConv2d({ ...narrow(1), activation })],
      [`wide depthwiseConv2d, ${activation}`, () => tf.fused.depthwiseConv2d({ ...narrow(3), activation })],
      [`conv2d of one channel, ${activation}`, () => tf.fused.conv2d({ ...narrow(1), activation })],
    ]),
  ),
  ...Object.fromEntries(
    activations.flatMap((activation) => [
      [`matMul, ${activation}`, () => tf.fused.matMul({ a: values(), b: tf.ones([1, 1]), activation })],
      [
        `conv2d, ${activation}`,
        () => tf.fused.conv2d({ x: map(), filter: tf.ones([1, 1, 1, 2]), strides: 1, pad: 0, activation }),
      ],
    ]),
  ),
};

it.each(Object.entries(CASES))('%s keeps NaN, and its tensors are all let go', async (_, of) => {
  const results: number[][] = [];
  for (const engine of ['cpu', 'wasm'] as const) {
    await useEngine(engine);
    const before = tf.memory().numTensors;
    results.push(tf.tidy(() => [...of().dataSync()]));
    expect(tf.memory().numTensors).toBe(before);
  }
  expect(results[0].slice(0, 2)).toEqual([NaN, NaN]);
  expect(results[1]).toEqual(results[0]);
});

it('of a window is what max pooling gives, on the wasm engine', async () => {
  await useEngine('wasm');
  const x = tf.tensor4d([NaN, -1, 2, 3, 4, 5, 6, -7, NaN, 9, 1, 1], [1, 3, 4, 1]);
  const before = tf.memory().numTensors;
  const pooled = tf.tidy(() => [...tf.maxPool(x, 2, 1, 'same').dataSync()]);
  expect(pooled).toEqual([NaN, 6, 6, 3, NaN, 9, 6, 1, NaN, 9, 1, 1]);
  expect(tf.memory().numTensors).toBe(before);
});
