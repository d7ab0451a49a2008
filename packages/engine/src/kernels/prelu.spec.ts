import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { prelu } from '@polytag/ops';
import { awayFromKinks, BUILDS, evaluateOn, expectAgreement, prepare } from '../agreement.fixture.js';

const operation = (x: tf.Tensor, slope: tf.Tensor) => prelu(x, slope as tf.Tensor1D);

describe.each(BUILDS)('prelu with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agrees with the composed operation and with central differences', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 99 }), async (seed, size) => {
        const stream = new RandomStream(seed);
        const slope = { shape: [1], values: Float32Array.of(0.25) };
        await expectAgreement(stream, operation, [awayFromKinks(stream, [size]), slope], {
          differences: true,
        });
      }),
      { numRuns: 8, seed: 4 },
    );
  });

  test('a map of more than one block', async () => {
    const stream = new RandomStream(9);
    const slope = { shape: [1], values: Float32Array.of(-0.5) };
    await expectAgreement(stream, operation, [awayFromKinks(stream, [2, 61, 53, 3]), slope]);
  });

  test.each(['cpu', 'wasm'] as const)('0 takes the slope, as in PyTorch, on %s', async (engine) => {
    const x = { shape: [2], values: Float32Array.of(0, -2) };
    const { gradients } = await evaluateOn(
      engine,
      operation,
      [x, { shape: [1], values: Float32Array.of(0.25) }],
      () => ({
        shape: [2],
        values: Float32Array.of(4, 8),
      }),
    );
    expect(gradients.map((g) => Array.from(g))).toEqual([[1, 2], [-16]]);
  });
});
