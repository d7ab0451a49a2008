import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { l2Normalise } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

describe.each(BUILDS)('l2Normalise with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test.each([0, 1, -1])(
    'along axis %d agrees with the composed operation and central differences',
    async (axis) => {
      const shapes = fc.tuple(...[9, 14].map((most) => fc.integer({ min: 1, max: most })));
      await fc.assert(
        fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
          const stream = new RandomStream(seed);
          // Away from 0, where the direction turns fast and central differences mean nothing.
          const x = normal(stream, shape);
          const clear = { shape, values: x.values.map((v) => v + Math.sign(v)) };
          await expectAgreement(stream, (t) => l2Normalise(t, axis), [clear], { differences: true });
        }),
        { numRuns: 8, seed: 10 },
      );
    },
  );

  test('more rows than one block, and a tensor of rank 3', async () => {
    const stream = new RandomStream(16);
    await expectAgreement(stream, (t) => l2Normalise(t, 0), [normal(stream, [600, 7])]);
    await expectAgreement(stream, (t) => l2Normalise(t, -1), [normal(stream, [2, 5, 21])]);
  });

  test.each([
    ['cpu', 0],
    ['cpu', 1],
    ['wasm', 0],
    ['wasm', 1],
  ] as const)('below 1e-12 the denominator is constant (%s, axis %d)', async (engine, axis) => {
    const shape = axis === 0 ? [3, 1] : [1, 3];
    const x = { shape, values: Float32Array.of(3e-13, 0, -4e-13) };
    const dy = { shape, values: Float32Array.of(1, 2, 3) };
    const { value, gradients } = await evaluateOn(
      engine,
      (t) => l2Normalise(t, axis),
      [x],
      () => dy,
    );
    [0.3, 0, -0.4].forEach((v, i) => expect(value[i]).toBeCloseTo(v, 6));
    [1e12, 2e12, 3e12].forEach((v, i) => expect(gradients[0][i] / v).toBeCloseTo(1, 6));
  });

  test('another axis is refused', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const code = expect.objectContaining({ code: 'usage/normalise-axis' });
      expect(() => l2Normalise(tf.zeros([2, 3, 4]), 1)).toThrow(code);
    });
  });
});
