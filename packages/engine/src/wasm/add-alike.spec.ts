import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { useEngine } from '../use-engine.js';

const small = fc.integer({ min: 1, max: 5 });

test('sums are those of the cpu backend, of one shape and of two', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(small, fc.constantFrom('both', 'left', 'right')), { maxLength: 4 }),
      fc.constantFrom<tf.DataType>('float32', 'int32'),
      async (sizes, dtype) => {
        const shapes = (['right', 'left'] as const).map((other) =>
          sizes.map(([size, has]) => (has === other ? 1 : size)),
        );
        const sums: tf.TypedArray[] = [];
        for (const engine of ['cpu', 'wasm'] as const) {
          await useEngine(engine);
          const before = tf.memory().numTensors;
          const [a, b] = shapes.map((shape, i) =>
            tf.tidy(() => tf.cast(tf.round(tf.randomUniform(shape, -9, 9, 'float32', i + 1)), dtype)),
          );
          const sum = tf.add(a, b);
          expect([sum.shape, sum.dtype]).toEqual([sizes.map(([size]) => size), dtype]);
          sums.push(sum.dataSync());
          tf.dispose([a, b, sum]);
          expect(tf.memory().numTensors).toBe(before);
        }
        expect(sums[1]).toEqual(sums[0]);
      },
    ),
    { numRuns: 40, seed: 52 },
  );
});
