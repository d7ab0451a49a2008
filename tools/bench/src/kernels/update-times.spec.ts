import { memory } from '@tensorflow/tfjs-core';
import { updateTimes } from './update-times.js';

it('times every update of the network and leaves nothing behind', async () => {
  await updateTimes('mobilenet-v3-small', 1);
  const before = memory().numTensors;
  const { tensors, weights, times } = await updateTimes('mobilenet-v3-small', 2);
  expect(memory().numTensors).toBe(before);
  // Published: 927,008 up to the feature map; the hidden layer has 576·1024 + 1024, the classifier 1024·20 + 20.
  expect([tensors, weights]).toEqual([142, 927_008 + 590_848 + 20_500]);
  expect(Object.keys(times)).toHaveLength(11);
  expect(Object.values(times).every((ms) => ms > 0)).toBe(true);
});
