import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { softmax } from '@polytag/ops';
import { BUILDS, expectAgreement, prepare, normal } from '../agreement.fixture.js';

describe.each(BUILDS)('softmax with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('agrees with the composed operation and with central differences', async () => {
    const shapes = fc.tuple(...[2, 5, 23].map((most) => fc.integer({ min: 1, max: most })));
    await fc.assert(
      fc.asyncProperty(fc.integer(), shapes, async (seed, shape) => {
        const stream = new RandomStream(seed);
        await expectAgreement(stream, softmax, [normal(stream, shape, 3)], { differences: true });
      }),
      { numRuns: 8, seed: 9 },
    );
  });

  test('large scores overflow nowhere, and masked places get 0', async () => {
    await tf.setBackend('wasm');
    const rows = tf.tensor2d([
      [1000, 999, -9e15, -9e15, -9e15],
      [-9e15, -9e15, -9e15, -9e15, -9e15],
    ]);
    const y = tf.tidy(() => softmax(rows).arraySync()) as number[][];
    rows.dispose();
    const share = 1 / (1 + Math.exp(-1));
    expect(y[0][0]).toBeCloseTo(share, 6);
    expect(y[0][1]).toBeCloseTo(1 - share, 6);
    expect(y[0].slice(2)).toEqual([0, 0, 0]);
    y[1].forEach((p) => expect(p).toBeCloseTo(0.2, 6));
  });
});
