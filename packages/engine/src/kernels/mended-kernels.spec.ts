import * as tf from '@tensorflow/tfjs-core';
import { useEngine } from '../use-engine.js';

it.each(['cpu', 'wasm'] as const)('every number but 0 is true, on %s', async (engine) => {
  await useEngine(engine);
  const truths = tf.cast(tf.tensor1d([NaN, 0, -0, 0.5, 256, 2, -3]), 'bool');
  const expected = [1, 0, 0, 1, 1, 1, 1];
  expect([...truths.dataSync()]).toEqual(expected);
  expect([...tf.logicalAnd(truths, tf.onesLike(truths)).dataSync()]).toEqual(expected);
  expect([...tf.cast(tf.tensor1d([0, 256, 2], 'int32'), 'bool').dataSync()]).toEqual([0, 1, 1]);
});

it.each(['cumsum', 'cumprod'] as const)('%s takes an axis that counts from the end', async (name) => {
  await useEngine('wasm');
  const x = tf.tensor([1, 2, 3, 4, 5, 6], [3, 2]);
  for (const axis of [0, 1]) {
    expect([...tf[name](x, axis - 2).dataSync()]).toEqual([...tf[name](x, axis).dataSync()]);
  }
});
