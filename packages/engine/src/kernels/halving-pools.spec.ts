import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { averagePool, blurPool } from '@polytag/ops';
import { BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const blur = (x: tf.Tensor) => blurPool(x as tf.Tensor4D);
const average = (x: tf.Tensor) => averagePool(x as tf.Tensor4D);

/** Batches of images with at least `least` pixels on each side. */
const shapesFrom = (least: number) =>
  fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: least, max: 9 }),
    fc.integer({ min: least, max: 9 }),
    fc.integer({ min: 1, max: 13 }),
  );

describe.each(BUILDS)('with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test.each([
    ['blurPool', blur, 2],
    ['averagePool', average, 1],
  ] as const)(
    '%s agrees with the composed operation and with central differences',
    async (_, operation, least) => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), shapesFrom(least), async (seed, shape) => {
          const stream = new RandomStream(seed);
          await expectAgreement(stream, operation, [normal(stream, shape)], { differences: true });
        }),
        {
          numRuns: 20,
          seed: 31,
          examples: [
            [1, [1, least, least, 1]],
            [2, [2, least, 7, 5]],
            [3, [1, 8, 3, 4]],
          ],
        },
      );
    },
  );
});

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => prepare('relaxed'));

  const valueOf = async (operation: (x: tf.Tensor) => tf.Tensor, shape: number[], values: number[]) => {
    const x = { shape, values: Float32Array.from(values) };
    const { value } = await evaluateOn(engine, operation, [x], (s) => ({
      shape: s,
      values: new Float32Array(s.reduce((a, b) => a * b)),
    }));
    return Array.from(value);
  };

  // Rows 0 1 2 reflect to 1 0 1 2 1, so the binomial weights of a row are [2 2 0]/4 at the start, [0 2 2]/4 at the end.
  test('blurPool reflects without repeating the border pixel', async () => {
    expect(await valueOf(blur, [1, 2, 3, 1], [1, 2, 4, 1, 2, 4])).toEqual([1.5, 3]);
  });

  test('averagePool divides by the pixels that are there', async () => {
    expect(await valueOf(average, [1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([3, 4.5, 7.5, 9]);
  });

  test('blurPool refuses an image of one row or column', async () => {
    await tf.setBackend(engine);
    for (const shape of [
      [1, 1, 4, 2],
      [1, 4, 1, 2],
    ] as [number, number, number, number][]) {
      tf.tidy(() => {
        expect(() => blurPool(tf.zeros(shape))).toThrow(expect.objectContaining({ code: 'usage/shape' }));
      });
    }
  });
});
