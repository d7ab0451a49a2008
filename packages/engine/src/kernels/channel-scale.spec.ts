import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { channelScale } from '@polytag/ops';
import { BUILDS, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const operation = (x: tf.Tensor, s: tf.Tensor) => channelScale(x as tf.Tensor4D, s as tf.Tensor2D);

describe.each(BUILDS)('channelScale with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agrees with the composed operation and with central differences', async () => {
    const shapes = fc.tuple(...[3, 6, 6, 13].map((most) => fc.integer({ min: 1, max: most })));
    await fc.assert(
      fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
        const stream = new RandomStream(seed);
        const inputs = [normal(stream, shape), normal(stream, [shape[0], shape[3]])];
        await expectAgreement(stream, operation, inputs, { differences: true });
      }),
      { numRuns: 8, seed: 7 },
    );
  });

  test('more places than one block', async () => {
    const stream = new RandomStream(13);
    await expectAgreement(stream, operation, [normal(stream, [2, 23, 29, 5]), normal(stream, [2, 5])]);
  });

  test('factors of another batch or width are refused', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const code = expect.objectContaining({ code: 'usage/shape' });
      expect(() => operation(tf.zeros([2, 1, 1, 3]), tf.zeros([1, 3]))).toThrow(code);
      expect(() => operation(tf.zeros([2, 1, 1, 3]), tf.zeros([2, 1]))).toThrow(code);
    });
  });
});
