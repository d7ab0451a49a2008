import * as tf from '@tensorflow/tfjs';
import { applyHead, LabelVocabulary } from '@polytag/core';
import { mlDecoderHead } from './ml-decoder/index.js';

it('runs the example of the README', async () => {
  await tf.setBackend('cpu');

  const featureMap = tf.input({ shape: [null, null, 64] }); // from any backbone
  const head = mlDecoderHead({ space: 'cosines', embedding: 32, feedForward: 64 });
  const labels = new LabelVocabulary(['bicycle', 'dog', 'person']);
  const { outputs: cosines, scale } = applyHead(head, featureMap, {
    labels,
    seed: 1,
    backbone: { featureChannels: 64 },
  });
  const model = tf.model({ inputs: featureMap, outputs: cosines });

  const outputs = model.predict(tf.ones([2, 7, 7, 64])) as tf.Tensor;
  const probabilities = outputs.mul(scale).sigmoid(); // [2, 3]

  expect(probabilities.shape).toEqual([2, 3]);
  expect(scale).toBe(23);
});
