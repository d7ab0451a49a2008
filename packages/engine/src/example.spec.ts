import * as tf from '@tensorflow/tfjs-core';
import { conv2d, globalAveragePool, linear, resolvePadding } from '@polytag/ops';
import { engineMemory, useEngine } from './index.js';

it('runs the example of the README', async () => {
  await useEngine('wasm');
  const image = tf.ones([4, 32, 32, 3]) as tf.Tensor4D;
  const kernel = tf.variable(tf.fill([3, 3, 3, 8], 0.1));
  const weight = tf.variable(tf.fill([8, 2], 0.1));
  const padding = resolvePadding('symmetric', [32, 32], [3, 3], 2);
  const { value, grads } = tf.variableGrads(() => {
    const featureMap = conv2d(image, kernel as tf.Tensor4D, { stride: 2, padding }); // [4, 16, 16, 8]
    const logits = linear(globalAveragePool(featureMap), weight as tf.Tensor2D); // [4, 2]
    return tf.sum(logits) as tf.Scalar;
  });

  // The 16x16 windows see 47x47 pixels in all: the first ones of a row or column lack a third.
  const pooled = ((47 * 47) / 256) * 3 * 0.1;
  expect(value.dataSync()[0]).toBeCloseTo(4 * 2 * 8 * 0.1 * pooled, 4);
  grads[weight.name].dataSync().forEach((g) => expect(g).toBeCloseTo(4 * pooled, 4));
  expect(grads[kernel.name].shape).toEqual([3, 3, 3, 8]);
  expect(engineMemory().heapBytes).toBeGreaterThan(0);
});
