import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { type Activation, batchNormTrain, scaleShift } from '@polytag/ops';
import { BUILDS, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const ACTIVATIONS: Activation[] = ['identity', 'relu', 'leaky-relu', 'hard-swish', 'silu'];

describe.each(BUILDS)('scaleShift with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test.each(ACTIVATIONS)('with %s agrees with the composed operation', async (activation) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 13 }),
        async (seed, rows, channels) => {
          const stream = new RandomStream(seed);
          const inputs = [
            normal(stream, [rows, channels]),
            normal(stream, [channels]),
            normal(stream, [channels]),
          ];
          const differences = activation === 'identity' || activation === 'silu';
          await expectAgreement(
            stream,
            (x, scale, shift) =>
              scaleShift(x, scale as tf.Tensor1D, shift as tf.Tensor1D, { activation, slope: 0.2 }),
            inputs,
            { differences },
          );
        },
      ),
      { numRuns: 8, seed: 3 },
    );
  });

  test('with the statistics of the batch it is batchNormTrain', async () => {
    await tf.setBackend('wasm');
    const { values } = normal(new RandomStream(8), [21, 6]);
    tf.tidy(() => {
      const x = tf.tensor(values, [21, 6]);
      const [gamma, beta] = [tf.tensor1d([1, 2, 0.5, -1, 3, 1]), tf.tensor1d([0, 1, -1, 2, 0.5, 0])];
      const { output, mean, variance } = batchNormTrain(x, gamma, beta, {
        epsilon: 1e-5,
        activation: 'relu',
      });
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, 1e-5))) as tf.Tensor1D;
      const shift = tf.sub(beta, tf.mul(mean, scale)) as tf.Tensor1D;
      const fixed = scaleShift(x, scale, shift, { activation: 'relu' });
      expect(tf.max(tf.abs(tf.sub(output, fixed))).dataSync()[0]).toBeLessThan(2e-6);
    });
  });
});
