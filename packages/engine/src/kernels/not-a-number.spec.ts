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

const CASES: Record<string, () => tf.Tensor> = {
  relu: () => tf.relu(values()),
  relu6: () => tf.relu6(values()),
  clipByValue: () => tf.clipByValue(values(), 0, 6.5),
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
