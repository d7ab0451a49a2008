import { RandomStream } from '@polytag/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { averageUpdate } from './average-update.js';
import { ENGINES, error, normals, read, start, variable } from './variables.fixture.js';

describe.each(ENGINES)('averageUpdate on %s', (engine) => {
  beforeAll(() => start(engine));

  test('is d·e + (1 − d)·w, and leaves the value alone', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 23 }),
        fc.integer(),
        (decay, size, seed) => {
          const stream = new RandomStream(seed);
          const [e, w] = [normals(stream, size), normals(stream, size)];
          const [target, value] = [variable(e), variable(w)];
          const before = tf.memory().numTensors;
          averageUpdate([{ target, value }], decay);
          expect(tf.memory().numTensors).toBe(before);
          expect(
            error(
              read(target),
              e.map((x, i) => decay * x + (1 - decay) * w[i]),
            ),
          ).toBeLessThan(1e-6);
          expect(read(value)).toEqual(w);
          tf.dispose([target, value]);
        },
      ),
      { numRuns: 20, seed: 22 },
    );
  });

  test('of many tensors at once, each value times its factor', () => {
    const pairs = [
      { target: variable([1, 2, 3, 4, 5]), value: tf.tensor1d([2, 2, 2, 2, 2]), factor: 3 },
      { target: variable([7]), value: tf.tensor1d([-1]) },
    ];
    averageUpdate(pairs, 0.5);
    expect(pairs.map(({ target }) => Array.from(read(target)))).toEqual([[3.5, 4, 4.5, 5, 5.5], [3]]);
    tf.dispose(pairs.flatMap(({ target, value }) => [target, value]));
  });

  test('an average that starts as a copy of the weights leaves the weights alone', () => {
    const [w, zeros] = [variable([1, 2, 3, 4, 5]), tf.zeros([5])];
    const average = tf.variable(w);
    averageUpdate([{ target: average, value: zeros }], 0.5);
    expect(Array.from(read(w))).toEqual([1, 2, 3, 4, 5]);
    expect(Array.from(read(average))).toEqual([0.5, 1, 1.5, 2, 2.5]);
    tf.dispose([w, zeros, average]);
  });
});
