import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { type Activation, batchNormTrain, type BatchNormTrainOptions } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const ACTIVATIONS: Activation[] = ['identity', 'relu', 'leaky-relu', 'hard-swish', 'silu'];

/** The output only; the statistics are disposed. */
const normalise =
  (options: BatchNormTrainOptions) =>
  (...[x, gamma, beta]: tf.Tensor[]) => {
    const { output, mean, variance } = batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, options);
    tf.dispose([mean, variance]);
    return output;
  };

/** Mean and biased variance of each column in float64. */
function columnMoments(values: ArrayLike<number>, channels: number): { mean: number[]; variance: number[] } {
  const rows = values.length / channels;
  const columns = Array.from({ length: channels }, (_, c) =>
    Array.from({ length: rows }, (_, r) => values[r * channels + c]),
  );
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / rows);
  const variance = columns.map((column, c) => column.reduce((a, b) => a + (b - mean[c]) ** 2, 0) / rows);
  return { mean, variance };
}

describe.each(BUILDS)('batchNormTrain with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test.each(ACTIVATIONS)('with %s agrees with the composed operation', async (activation) => {
    const shapes = fc.tuple(
      ...[3, 5, 5].map((most) => fc.integer({ min: 1, max: most })),
      fc.integer({ min: 1, max: 13 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
        const stream = new RandomStream(seed);
        const channels = shape[3];
        const inputs = [
          normal(stream, shape),
          normal(stream, [channels], 0.5, 1),
          normal(stream, [channels]),
        ];
        // One row has variance 0, where 1/√ε multiplies every rounding by 30.
        const operation = normalise({ epsilon: 1e-3, activation, slope: 0.1 });
        const differences = activation === 'identity' || activation === 'silu';
        await expectAgreement(stream, operation, inputs, { tolerance: 1e-4, differences });
      }),
      { numRuns: 8, seed: 2 },
    );
  });

  test('many rows, with channels that are and are no multiple of four, and a matrix', async () => {
    const stream = new RandomStream(3);
    for (const shape of [
      [3, 19, 17, 6],
      [700, 9],
      [3, 19, 17, 16],
      [701, 68],
    ]) {
      const [channels] = shape.slice(-1);
      const inputs = [normal(stream, shape, 2, 1), normal(stream, [channels]), normal(stream, [channels])];
      await expectAgreement(stream, normalise({ epsilon: 1e-5, activation: 'hard-swish' }), inputs, {
        tolerance: 2e-5,
      });
    }
  });

  test.each(['wasm', 'cpu'])(
    'statistics of a channel far from 0, and of one that drifts, on %s',
    async (engine) => {
      const stream = new RandomStream(5);
      const [rows, channels] = [2000, 5];
      const { values } = normal(stream, [rows, channels]);
      for (let r = 0; r < rows; r++) {
        values[r * channels] += 1000;
        values[r * channels + 1] += r < 300 ? 0 : 50;
        values[r * channels + 2] += r === 0 ? 1e4 : 0;
      }
      await tf.setBackend(engine);
      const expected = columnMoments(values, channels);
      tf.tidy(() => {
        const x = tf.tensor(values, [rows, channels]);
        const { mean, variance, output } = batchNormTrain(x, tf.ones([channels]), tf.zeros([channels]), {
          epsilon: 1e-5,
        });
        mean.dataSync().forEach((m, c) => expect(Math.abs(m / expected.mean[c] - 1)).toBeLessThan(1e-4));
        variance
          .dataSync()
          .forEach((v, c) => expect(Math.abs(v / expected.variance[c] - 1)).toBeLessThan(1e-4));
        const after = columnMoments(output.dataSync(), channels);
        after.mean.forEach((m) => expect(Math.abs(m)).toBeLessThan(1e-4));
        after.variance.forEach((v) => expect(Math.abs(v - 1)).toBeLessThan(1e-3));
      });
    },
  );

  test.each(['wasm', 'cpu'] as const)('mean and variance carry no gradient on %s', async (engine) => {
    const stream = new RandomStream(6);
    const statistics = (x: tf.Tensor) => {
      const { mean, variance, output } = batchNormTrain(x, tf.ones([3]), tf.zeros([3]), { epsilon: 1e-5 });
      return tf.tidy(() => tf.add(tf.mul(tf.sum(output), 0), tf.sum(tf.add(mean, variance))));
    };
    const { gradients } = await evaluateOn(
      engine,
      (x) => tf.tidy(() => statistics(x)),
      [normal(stream, [7, 3])],
      (shape) => ({ shape, values: Float32Array.of(1) }),
    );
    expect(Math.max(...gradients[0].map(Math.abs))).toBe(0);
  });

  test('a shape that does not fit is refused', async () => {
    await tf.setBackend('wasm');
    const [x, three, four] = [tf.zeros([2, 3]), tf.zeros([3]) as tf.Tensor1D, tf.zeros([4]) as tf.Tensor1D];
    const code = expect.objectContaining({ code: 'usage/shape' });
    expect(() => batchNormTrain(x, four, three, { epsilon: 1e-5 })).toThrow(code);
    expect(() => batchNormTrain(x, three, four, { epsilon: 1e-5 })).toThrow(code);
    tf.dispose([x, three, four]);
  });
});
