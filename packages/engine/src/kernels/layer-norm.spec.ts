import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { layerNorm } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const operation = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
  layerNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-2);

describe.each(BUILDS)('layerNorm with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agrees with the composed operation and with central differences', async () => {
    const shapes = fc.tuple(...[3, 5, 19].map((most) => fc.integer({ min: 1, max: most })));
    await fc.assert(
      fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
        const stream = new RandomStream(seed);
        const inputs = [normal(stream, shape), normal(stream, [shape[2]]), normal(stream, [shape[2]])];
        await expectAgreement(stream, operation, inputs, { differences: true });
      }),
      { numRuns: 8, seed: 8 },
    );
  });

  test('more rows than one block', async () => {
    const stream = new RandomStream(14);
    const inputs = [normal(stream, [5, 31, 22], 1, 2), normal(stream, [22]), normal(stream, [22])];
    await expectAgreement(stream, operation, inputs);
  });

  test.each(['cpu', 'wasm'] as const)(
    'rows far from 0 come out with mean β and deviation γ on %s',
    async (engine) => {
      const stream = new RandomStream(15);
      const flat = (value: number) => ({ shape: [64], values: new Float32Array(64).fill(value) });
      const inputs = [normal(stream, [3, 64], 10, 1000), flat(2), flat(5)];
      const { value } = await evaluateOn(engine, operation, inputs, (shape) => normal(stream, shape));
      for (let r = 0; r < 3; r++) {
        const row = Array.from(value.subarray(r * 64, r * 64 + 64));
        const mean = row.reduce((a, b) => a + b, 0) / 64;
        const deviation = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / 64);
        expect(Math.abs(mean - 5)).toBeLessThan(1e-4);
        expect(Math.abs(deviation - 2)).toBeLessThan(1e-3);
      }
    },
  );
});
