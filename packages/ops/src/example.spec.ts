import * as tf from '@tensorflow/tfjs';
import { conv2d, globalAveragePool, linear, resolvePadding } from './index.js';

it('runs the example of the README', async () => {
  await tf.setBackend('cpu');
  const image = tf.ones([4, 32, 32, 3]) as tf.Tensor4D;
  const kernel = tf.fill([3, 3, 3, 8], 0.1) as tf.Tensor4D;
  const weight = tf.fill([8, 2], 0.1) as tf.Tensor2D;
  const padding = resolvePadding('symmetric', [32, 32], [3, 3], 2);
  const featureMap = conv2d(image, kernel, { stride: 2, padding }); // [4, 16, 16, 8]
  const logits = linear(globalAveragePool(featureMap), weight); // [4, 2]

  expect(featureMap.shape).toEqual([4, 16, 16, 8]);
  // The 16x16 windows see 47x47 pixels in all: the first ones of a row or column lack a third.
  const pooled = ((47 * 47) / 256) * 3 * 0.1;
  logits.dataSync().forEach((logit) => expect(logit).toBeCloseTo(8 * 0.1 * pooled, 4));
});
