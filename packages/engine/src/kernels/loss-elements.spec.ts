import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { angularMarginLossElements, asymmetricLossElements, type LossElements } from '@polytag/ops';
import { BUILDS, prepare } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

/** One rounding to float32, relative; or the smallest normal number. */
const isRounded = (got: number, expected: number) =>
  Math.abs(got - expected) <= 2 ** -23 * Math.abs(expected) + 2 ** -126;

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const element = fc.record({
  z: fc.double({ min: -60, max: 60, noNaN: true }).map(Math.fround),
  y: fc.oneof(fc.constantFrom(0, 1, -1), fc.double({ min: 0, max: 1, noNaN: true }).map(Math.fround)),
});
/** 1 x 1, odd and even sizes. */
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }))
  .chain(([rows, labels]) =>
    fc.record({
      shape: fc.constant([rows, labels]),
      elements: fc.array(element, { minLength: rows * labels, maxLength: rows * labels }),
    }),
  );

type Elements = (outputs: tf.Tensor, targets: tf.Tensor) => LossElements | undefined;

/** Every element's value and derivative; fails where a tensor is left over. */
function run(loss: Elements, of: readonly number[], z: number[], y: number[]): [number, number][] {
  const shape = [...of];
  const before = tf.memory().numTensors;
  const [outputs, targets] = [tf.tensor(z, shape), tf.tensor(y, shape)];
  const { value, derivative } = loss(outputs, targets)!;
  expect([value.shape, derivative.shape]).toEqual([shape, shape]);
  const [values, derivatives] = [value.dataSync(), derivative.dataSync()];
  tf.dispose([outputs, targets, value, derivative]);
  expect(tf.memory().numTensors).toBe(before);
  return z.map((_, i) => [values[i], derivatives[i]]);
}

describe.each(BUILDS)('the %s loss kernels', (build) => {
  beforeAll(() => prepare(build));

  const plain = { scale: 1, labelSmoothing: 0, gammaNeg: 0, gammaPos: 0 };
  const bare = { ...plain, probabilityMargin: 0, epsilon: 1e-30, focusGradient: true };
  const columns = (elements: { z: number; y: number }[]) =>
    [elements.map(({ z }) => z), elements.map(({ y }) => y)] as [number[], number[]];

  test('cross entropy is exact to the last digit, from probabilities of e^-60 to 1', () => {
    fc.assert(
      fc.property(matrix, fc.constantFrom(1, 0.25), ({ shape, elements }, scale) => {
        const got = run(
          (x, t) => asymmetricLossElements(x, t, { ...bare, scale }),
          shape,
          ...columns(elements),
        );
        elements.forEach(({ z, y }, i) => {
          const x = scale * z;
          const value = y < 0 ? 0 : y * softplus(-x) + (1 - y) * softplus(x);
          const slope = y < 0 ? 0 : scale * ((1 - y) * sigmoid(x) - y * sigmoid(-x));
          expect([got[i], isRounded(got[i][0], value)]).toEqual([got[i], true]);
          // σ − y loses digits where the two are close, in double precision too.
          expect(Math.abs(got[i][1] - slope)).toBeLessThanOrEqual(2 ** -23 * Math.abs(slope) + 1e-15);
        });
      }),
      { numRuns: 200, seed: 31 },
    );
  });

  test('the angular margin loss is exact to the last digit, whatever the scale', () => {
    const options = fc.record({ scale: fc.constantFrom(1, 23, 500), margin: fc.constantFrom(0, 0.35) });
    fc.assert(
      fc.property(matrix, options, ({ shape, elements }, { scale, margin }) => {
        const k = 0.7;
        const chosen = { ...plain, scale, margin, k, probabilityMargin: 0.05 };
        const cosines = elements.map(({ z, y }) => ({ z: Math.fround(z / 60), y }));
        const got = run((x, t) => angularMarginLossElements(x, t, chosen), shape, ...columns(cosines));
        cosines.forEach(({ z, y }, i) => {
          const [above, below] = [scale * z - scale * margin, scale * z + scale * margin];
          const cost = (k * y * softplus(-above) + (1 - k) * (1 - y) * softplus(below)) / scale;
          expect([got[i], isRounded(got[i][0], y < 0 ? 0 : cost)]).toEqual([got[i], true]);
        });
      }),
      { numRuns: 200, seed: 32 },
    );
  });

  test('a focusing weight is the power, for whole and other exponents, and where its base is 0', () => {
    const gammas = fc.record({
      gammaNeg: fc.constantFrom(0.5, 1, 2.5, 4),
      gammaPos: fc.constantFrom(0, 1, 3),
    });
    fc.assert(
      fc.property(matrix, gammas, ({ shape, elements }, chosen) => {
        const options = { ...bare, ...chosen, probabilityMargin: 0.05, focusGradient: false };
        const hard = elements.map(({ z, y }) => ({ z, y: Math.round(y) }));
        const got = run((x, t) => asymmetricLossElements(x, t, options), shape, ...columns(hard));
        hard.forEach(({ z, y }, i) => {
          const remaining = Math.max(sigmoid(z) - 0.05, 0);
          const positive = softplus(-z) * sigmoid(-z) ** chosen.gammaPos;
          const negative = -Math.log1p(-remaining) * remaining ** chosen.gammaNeg;
          const expected = y < 0 ? 0 : y === 1 ? positive : negative;
          // A base just above 0 is itself a difference.
          expect(Math.abs(got[i][0] - expected)).toBeLessThanOrEqual(2 ** -22 * Math.abs(expected) + 1e-14);
        });
      }),
      { numRuns: 200, seed: 33 },
    );
  });

  test('integer targets are taken, NaN in an output shows, and in one that is ignored it does not', async () => {
    const stream = new RandomStream(34);
    const outputs = tf.tensor2d([[stream.normal(), NaN, NaN]]);
    const targets = tf.tensor2d([[1, 0, -1]], [1, 3], 'int32');
    const { value, derivative } = asymmetricLossElements(outputs, targets, bare)!;
    const [values, derivatives] = [value.dataSync(), derivative.dataSync()];
    expect(values[0]).toBeGreaterThan(0);
    expect([values[1], derivatives[1]]).toEqual([NaN, NaN]);
    expect([values[2], derivatives[2]]).toEqual([0, 0]);
    tf.dispose([outputs, targets, value, derivative]);
  });

  test('a shape that does not fit is refused, and another engine has none', async () => {
    const [outputs, targets] = [tf.zeros([2, 3]), tf.zeros([3, 2])];
    expect(() => asymmetricLossElements(outputs, targets, bare)).toThrow(
      expect.objectContaining({ code: 'usage/shape' }),
    );
    await useEngine('cpu');
    expect(asymmetricLossElements(outputs, outputs, bare)).toBeUndefined();
    tf.dispose([outputs, targets]);
    await prepare(build);
  });
});
