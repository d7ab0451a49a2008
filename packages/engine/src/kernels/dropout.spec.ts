import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { dropout } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

describe.each(BUILDS)('dropout with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test('the mask is bit for bit that of the composed operation, forward and backward', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 70 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        async (seed, size, rate) => {
          const stream = new RandomStream(7);
          const x = normal(stream, [size]);
          const upstream = normal(stream, [size]);
          const run = (engine: 'cpu' | 'wasm') =>
            evaluateOn(
              engine,
              (t) => dropout(t, rate, seed),
              [x],
              () => upstream,
            );
          const [composed, kernel] = [await run('cpu'), await run('wasm')];
          expect(kernel.value.every((v, i) => v === composed.value[i])).toBe(true);
          expect(kernel.gradients[0].every((v, i) => v === composed.gradients[0][i])).toBe(true);
        },
      ),
      { numRuns: 15, seed: 11 },
    );
  });

  test('backward drops what forward dropped', async () => {
    const stream = new RandomStream(17);
    await expectAgreement(stream, (t) => dropout(t, 0.3, 99), [normal(stream, [4, 9])], {
      differences: true,
    });
  });

  test('the share of zeros is the rate, the rest keeps the sum in expectation, and seeds differ', async () => {
    await tf.setBackend('wasm');
    const ones = tf.ones([40000]);
    const draw = (seed: number) => Array.from(tf.tidy(() => dropout(ones, 0.25, seed).dataSync()));
    const [first, second, again] = [draw(1), draw(2), draw(1)];
    ones.dispose();
    const kept = first.filter((v) => v !== 0);
    expect(Math.abs(kept.length / 40000 - 0.75)).toBeLessThan(0.01);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]));
    const both = first.filter((v, i) => v !== 0 && second[i] !== 0).length;
    expect(Math.abs(both / 40000 - 0.75 ** 2)).toBeLessThan(0.015);
    expect(again).toEqual(first);
  });

  test('rate 0 keeps everything; a rate outside [0, 1) is refused', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor1d([1, 2, 3]);
      expect(Array.from(dropout(x, 0, 5).dataSync())).toEqual([1, 2, 3]);
      const code = expect.objectContaining({ code: 'usage/dropout-rate' });
      for (const rate of [-0.1, 1, NaN]) expect(() => dropout(x, rate, 5)).toThrow(code);
    });
  });
});
