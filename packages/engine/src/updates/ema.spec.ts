import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { emaUpdate } from './ema.js';
import { ENGINES, error, normals, read, start, variable } from './variables.fixture.js';

describe.each(ENGINES)('emaUpdate on %s', (engine) => {
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
          const [average, value] = [variable(e), variable(w)];
          const before = tf.memory().numTensors;
          emaUpdate([{ average, value }], decay);
          expect(tf.memory().numTensors).toBe(before);
          expect(
            error(
              read(average),
              e.map((x, i) => decay * x + (1 - decay) * w[i]),
            ),
          ).toBeLessThan(1e-6);
          expect(read(value)).toEqual(w);
          tf.dispose([average, value]);
        },
      ),
      { numRuns: 20, seed: 22 },
    );
  });

  test('of many tensors at once', () => {
    const pairs = [
      { average: variable([1, 2, 3, 4, 5]), value: tf.tensor1d([6, 6, 6, 6, 6]) },
      { average: variable([7]), value: tf.tensor1d([-1]) },
    ];
    emaUpdate(pairs, 0.5);
    expect(pairs.map(({ average }) => Array.from(read(average)))).toEqual([[3.5, 4, 4.5, 5, 5.5], [3]]);
    tf.dispose(pairs.flatMap(({ average, value }) => [average, value]));
  });

  test('an average that starts as a copy of the weights leaves the weights alone', () => {
    const [w, zeros] = [variable([1, 2, 3, 4, 5]), tf.zeros([5])];
    const average = tf.variable(w);
    emaUpdate([{ average: average, value: zeros }], 0.5);
    expect(Array.from(read(w))).toEqual([1, 2, 3, 4, 5]);
    expect(Array.from(read(average))).toEqual([0.5, 1, 1.5, 2, 2.5]);
    tf.dispose([w, zeros, average]);
  });
});
