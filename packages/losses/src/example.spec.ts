import * as tf from '@tensorflow/tfjs';
import { asl } from './asl.js';

it('runs the example of the README', () => {
  const logits = tf.variable(tf.tensor2d([1.2, -0.3, -4, 0.1, 2.5, 0], [2, 3]));
  const targets = tf.tensor2d([1, 0, 0, 1, 1, -1], [2, 3]); // 1 present, 0 absent, -1 unknown
  const optimiser = tf.train.sgd(0.1);
  const cost = () => asl(logits as tf.Tensor2D, targets, { gammaNeg: 4 }).sum() as tf.Scalar;

  const [before] = optimiser.minimize(cost, true)!.dataSync();
  const [after] = optimiser.minimize(cost, true)!.dataSync(); // lower

  expect(after).toBeLessThan(before);
  expect(logits.dataSync()[5]).toBe(0);
});
