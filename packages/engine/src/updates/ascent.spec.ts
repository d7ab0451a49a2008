import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { valueIdentity } from '@polytag/ops';
import { ascend, exchangeValues } from './ascent.js';
import { ENGINES, error, normals, read, start, variable } from './variables.fixture.js';

describe.each(ENGINES)('ascend on %s', (engine) => {
  beforeAll(() => start(engine));

  test.each([false, true])(
    'climbs and remembers, whether weights are shared or not (adaptive %s)',
    (adaptive) => {
      fc.assert(
        fc.property(
          fc.array(fc.record({ size: fc.integer({ min: 1, max: 23 }), shared: fc.boolean() }), {
            maxLength: 4,
          }),
          fc.double({ min: 0, max: 2, noNaN: true }),
          fc.integer(),
          (sizes, factor, seed) => {
            const stream = new RandomStream(seed);
            const values = sizes.map(({ size }) => [normals(stream, size), normals(stream, size)]);
            const parameters = values.map(([w, g]) => ({
              weight: variable(w),
              gradient: tf.tensor(g),
              before: variable(g),
            }));
            const copies = parameters.filter((_, i) => sizes[i].shared).map(({ weight }) => weight.clone());
            const tensors = tf.memory().numTensors;
            ascend(parameters, factor, { adaptive });
            expect(tf.memory().numTensors).toBe(tensors);
            parameters.forEach(({ weight, gradient, before }, i) => {
              const [w, g] = values[i];
              const expected = Array.from(w, (x, k) => x + factor * (adaptive ? x * x : 1) * g[k]);
              expect(error(read(weight), expected)).toBeLessThan(1e-4);
              expect(read(before)).toEqual(w);
              expect(read(gradient)).toEqual(g);
              // The engine's own kernels find the new values too.
              const doubled = tf.add(weight, weight);
              expect(read(doubled)).toEqual(read(weight).map((x) => 2 * x));
              doubled.dispose();
            });
            exchangeValues(parameters.map(({ weight, before }) => [weight, before]));
            parameters.forEach(({ weight }, i) => expect(read(weight)).toEqual(values[i][0]));
            const kept = values.filter((_, i) => sizes[i].shared).map(([w]) => w);
            copies.forEach((copy, i) => expect(read(copy)).toEqual(kept[i]));
            tf.dispose(copies);
            parameters.forEach(({ weight, gradient, before }) => tf.dispose([weight, gradient, before]));
          },
        ),
        { numRuns: 20, seed: 26 },
      );
    },
  );

  test('an exchange shows in what tells values apart', () => {
    const [a, b] = [variable([1, 2]), variable([3, 4])];
    const before = [a, b].map(valueIdentity);
    exchangeValues([[a, b]]);
    expect([a, b].map((one) => Array.from(read(one)))).toEqual([
      [3, 4],
      [1, 2],
    ]);
    [a, b].forEach((one, i) => expect(valueIdentity(one)).not.toEqual(before[i]));
    tf.dispose([a, b]);
  });

  test('a gradient or a place of another shape is refused', () => {
    const [weight, place, gradient] = [variable([1, 2]), variable([1]), tf.tensor1d([1])];
    const code = expect.objectContaining({ code: 'usage/shape' });
    expect(() => ascend([{ weight, gradient, before: weight }], 1)).toThrow(code);
    expect(() => exchangeValues([[weight, place]])).toThrow(code);
    tf.dispose([weight, place, gradient]);
  });
});
