import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { globalAveragePool } from '@polytag/ops';
import { BUILDS, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const operation = (x: tf.Tensor) => globalAveragePool(x as tf.Tensor4D);

describe.each(BUILDS)('globalAveragePool with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agrees with the composed operation and with central differences', async () => {
    const shapes = fc.tuple(...[3, 6, 6, 13].map((most) => fc.integer({ min: 1, max: most })));
    await fc.assert(
      fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
        const stream = new RandomStream(seed);
        await expectAgreement(stream, operation, [normal(stream, shape)], { differences: true });
      }),
      { numRuns: 8, seed: 5 },
    );
  });

  test('more places than one block', async () => {
    const stream = new RandomStream(12);
    await expectAgreement(stream, operation, [normal(stream, [2, 23, 29, 5], 1, 3)]);
  });
});
