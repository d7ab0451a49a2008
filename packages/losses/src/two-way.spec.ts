import { grad, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { UsageError } from '@polytag/core';
import { ENGINES, start } from './engines.fixture.js';
import { twoWay, twoWayDefinition, twoWayLoss, twoWayTerms, type TwoWayOptions } from './two-way.js';

const softplus = (u: number) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));

/** The equation of docs/method.md#two-way in double precision. */
function formula(
  z: number[][],
  y: number[][],
  { positiveTemperature: p = 4, negativeTemperature: n = 1 },
): number {
  const lse = (values: number[]) => {
    const largest = Math.max(...values);
    return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  };
  const meanOf = (rows: [number, number][][]) => {
    const terms = rows
      .filter((row) => row.some(([, target]) => target > 0))
      .map((row) => {
        const positives = row.map(([x, target]) => -x / p + (target > 0 ? 0 : -100));
        const negatives = row.map(([x, target]) => x / n + (target === 0 ? 0 : -100));
        return softplus(p * lse(positives) + n * lse(negatives));
      });
    return terms.length === 0 ? 0 : terms.reduce((sum, term) => sum + term, 0) / terms.length;
  };
  const pairs = z.map((row, i) => row.map((x, k): [number, number] => [x, y[i][k]]));
  const turned = z[0].map((_, k) => pairs.map((row) => row[k]));
  return meanOf(pairs) + meanOf(turned);
}

describe.each(ENGINES)('two-way on %s', (engine) => {
  beforeAll(() => start(engine));

  const at = (z: number[][], y: number[][], options: TwoWayOptions = {}) =>
    tidy(() => {
      const [x, targets] = [tensor2d(z), tensor2d(y)];
      const value = twoWay(x, targets, options).dataSync()[0];
      const slope = grad((a: Tensor) => twoWay(a as Tensor2D, targets, options));
      return { value, gradient: [...slope(x).dataSync()] };
    });

  // Worked in float64 with the author's code.
  it('gives the published numbers', () => {
    const [z, y] = [
      [
        [1, -0.5, 0],
        [0.2, 2, -1],
      ],
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ];
    const { value, gradient } = at(z, y);
    expect(value).toBeCloseTo(0.554587002, 6);
    [-0.3407469, 0.108051282, 0.115611949, 0.223032181, -0.126435568, 0.020487056].forEach((expected, i) =>
      expect(gradient[i]).toBeCloseTo(expected, 6),
    );
    tidy(() => {
      const { perLabel, perImage } = twoWayTerms(tensor2d(z), tensor2d(y));
      [0.371100666, 0.078889734, 0].forEach((term, k) => expect(perLabel.dataSync()[k]).toBeCloseTo(term, 6));
      [0.464368778, 0.194814818].forEach((term, i) => expect(perImage.dataSync()[i]).toBeCloseTo(term, 6));
    });
  });

  it('is the formula, and its gradient the slope of the formula', () => {
    const logit = fc.double({ min: -6, max: 6, noNaN: true });
    const target = fc.constantFrom(0, 0, 1, -1);
    const rows = (value: fc.Arbitrary<number>) =>
      fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(rows(logit), rows(target), fc.constantFrom(1, 4), (z, y, positiveTemperature) => {
        const options = { positiveTemperature };
        const got = at(z, y, options);
        expect(Math.abs(got.value - formula(z, y, options))).toBeLessThanOrEqual(1e-4 * (1 + got.value));
        for (const [i, k] of [
          [0, 1],
          [2, 3],
        ]) {
          const moved = (by: number) =>
            z.map((row, a) => row.map((x, b) => (a === i && b === k ? x + by : x)));
          const slope = (formula(moved(1e-5), y, options) - formula(moved(-1e-5), y, options)) / 2e-5;
          expect(Math.abs(got.gradient[i * 4 + k] - slope)).toBeLessThanOrEqual(1e-3);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out what is unknown, and is 0 without positives', () => {
    const one = at([[0.3, -1, 2]], [[1, 0, -1]]);
    expect(at([[0.3, -1, NaN]], [[1, 0, -1]])).toEqual(one);
    expect(at([[0.3, -1]], [[0, 0]])).toEqual({ value: 0, gradient: [0, 0] });
  });
});

it('is a batchwise part that refuses what makes no sense', () => {
  expect(twoWayLoss()).toMatchObject({
    name: 'two-way',
    kind: 'batchwise',
    parts: 'averaged',
    space: 'logits',
  });
  expect(twoWayDefinition.options.parse({})).toEqual({ positiveTemperature: 4, negativeTemperature: 1 });
  expect(() => twoWayLoss({ positiveTemperature: 0 })).toThrow(UsageError);
  tidy(() => {
    expect(() => twoWay(tensor2d([[1, 2]]), tensor2d([[1]]))).toThrow('[1,2]');
  });
});
