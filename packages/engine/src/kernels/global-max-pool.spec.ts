import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { globalMaxPool } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, type Sample } from '../agreement.fixture.js';

const operation = (x: tf.Tensor) => globalMaxPool(x as tf.Tensor4D);

/** Distinct values a tenth apart, so that a small move changes no maximum. */
function distinct(stream: RandomStream, shape: number[]): Sample {
  const order = stream.permutation(shape.reduce((a, b) => a * b, 1));
  return { shape, values: Float32Array.from(order, (place) => place / 10 - 5) };
}

describe.each(BUILDS)('globalMaxPool with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agrees with the composed operation and with central differences', async () => {
    const shapes = fc.tuple(...[3, 6, 6, 13].map((most) => fc.integer({ min: 1, max: most })));
    await fc.assert(
      fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
        const stream = new RandomStream(seed);
        await expectAgreement(stream, operation, [distinct(stream, shape)], { differences: true });
      }),
      { numRuns: 8, seed: 6 },
    );
  });

  test.each(['cpu', 'wasm'] as const)('the first of equal maxima has the gradient on %s', async (engine) => {
    const x = { shape: [1, 2, 2, 1], values: Float32Array.of(-1, 7, 7, 7) };
    const { gradients } = await evaluateOn(engine, operation, [x], (shape) => ({
      shape,
      values: Float32Array.of(3),
    }));
    expect(Array.from(gradients[0])).toEqual([0, 3, 0, 0]);
  });

  test('NaN is not hidden', async () => {
    await tf.setBackend('wasm');
    const y = tf.tidy(() => operation(tf.tensor([1, 2, NaN, 1, 5, 3], [1, 3, 1, 2])).dataSync());
    expect(Array.from(y)).toEqual([NaN, 3]);
  });
});
