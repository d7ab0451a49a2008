import * as tf from '@tensorflow/tfjs-core';
import { scaleValues } from './scale-values.js';
import { ENGINES, read, start } from './variables.fixture.js';

describe.each(ENGINES)('scaleValues on %s', (engine) => {
  beforeAll(() => start(engine));

  test('scales each tensor, in place where nothing else reads it, and leaves none over', () => {
    const [alone, shared] = [tf.tensor1d([1, -2, 3, -4, 5]), tf.tensor1d([6])];
    const copy = shared.clone();
    const before = tf.memory().numTensors;
    const scaled = scaleValues([alone, shared], 0.5);
    expect(tf.memory().numTensors).toBe(before);
    expect(scaled.map((tensor) => Array.from(read(tensor)))).toEqual([[0.5, -1, 1.5, -2, 2.5], [3]]);
    expect(scaled[0] === alone).toBe(engine !== 'cpu');
    expect(Array.from(read(copy))).toEqual([6]);
    tf.dispose([...scaled, copy]);
  });
});
