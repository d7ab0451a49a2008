import fc from 'fast-check';
import { UsageError } from '@polytag/core';
import { near, sigmoid, slope, valueAndGradient } from './value-and-gradient.fixture.js';
import { asl, aslDefinition, asymmetricLoss, type AsymmetricLossOptions } from './asl.js';
import { ENGINES, start } from './engines.fixture.js';

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(() => start(engine));

  type Options = Required<AsymmetricLossOptions> & { positiveWeight: number };

  /** Probability of absence with the margin added. */
  const shifted = (p: number, { probabilityMargin: margin }: Options): number => Math.min(1 - p + margin, 1);

  /** The focusing weight of the paper, in double precision. */
  function weightOf(z: number, y: number, o: Options): number {
    const p = sigmoid(z);
    return (1 - p * y - shifted(p, o) * (1 - y)) ** (o.gammaPos * y + o.gammaNeg * (1 - y));
  }

  /** The formula of the paper, in double precision; `weight` makes the focusing weight a constant. */
  function formula(z: number, y: number, o: Options, weight = weightOf(z, y, o)): number {
    const p = sigmoid(z);
    return (
      -(
        o.positiveWeight * y * Math.log(Math.max(p, o.epsilon)) +
        (1 - y) * Math.log(Math.max(shifted(p, o), o.epsilon))
      ) * weight
    );
  }

  // Value and gradient of single elements, computed in float64 with the authors' code.
  it.each([
    [0.3, 1, { gammaNeg: 4, gammaPos: 1, probabilityMargin: 0.05 }, 0.235910023, -0.316615919],
    [0.3, 0, { gammaNeg: 4, gammaPos: 1, probabilityMargin: 0.05 }, 0.05622594, 0.143720363],
    [-4, 0, { gammaNeg: 4, gammaPos: 0, probabilityMargin: 0.05 }, 0, 0],
    [-2, 0, { gammaNeg: 4, gammaPos: 0, probabilityMargin: 0.05 }, 0.000001645, 0.000012569],
  ])('gives the published numbers at z = %p, y = %p, %p', (z, y, options, value, gradient) => {
    const got = valueAndGradient((x, t) => asl(x, t, options), [[z]], [[y]]);
    expect(Math.abs(got.value[0] - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value) + 1e-9);
    expect(Math.abs(got.gradient[0] - gradient)).toBeLessThanOrEqual(1e-5 * Math.abs(gradient) + 1e-9);
  });

  const anyCase = fc.record({
    z: fc.double({ min: -12, max: 12, noNaN: true }),
    y: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0.05, max: 0.95, noNaN: true })),
    scale: fc.constantFrom(1, 0.5, 3),
    gammaNeg: fc.constantFrom(0, 1, 2, 4),
    gammaPos: fc.constantFrom(0, 1, 3),
    probabilityMargin: fc.constantFrom(0, 0.05, 0.2),
    focusGradient: fc.boolean(),
    positiveWeight: fc.constantFrom(1, 0.25, 7.5),
  });

  it('is the formula, and its gradient the slope of the formula', () => {
    fc.assert(
      fc.property(anyCase, ({ z, y, scale, ...chosen }) => {
        const options = { ...chosen, labelSmoothing: 0, epsilon: 1e-8 };
        const x = scale * Math.fround(z);
        // At the kinks (probability = margin, probability of absence = ε) the slope is two-sided.
        fc.pre(Math.abs(sigmoid(x) - options.probabilityMargin) > 1e-4 && Math.abs(x) < 18);
        const target = Math.fround(y);
        const got = valueAndGradient((a, t) => asl(a, t, { ...chosen, scale }), [[z]], [[y]]);
        const weight = options.focusGradient ? undefined : weightOf(x, target, options);
        expect(near(got.value[0], formula(x, target, options))).toBe(true);
        expect(got.value[0]).toBeGreaterThanOrEqual(0);
        expect(near(got.gradient[0], scale * slope((v) => formula(v, target, options, weight), x))).toBe(
          true,
        );
      }),
      { numRuns: 400 },
    );
  });

  it('ignores elements with a negative target, even when their output is NaN', () => {
    const got = valueAndGradient((x, t) => asl(x, t), [[NaN, 1, Infinity]], [[-1, 1, -1]]);
    const alone = valueAndGradient((x, t) => asl(x, t), [[1]], [[1]]);
    expect(got.value).toEqual([0, alone.value[0], 0]);
    expect(got.gradient).toEqual([0, alone.gradient[0], 0]);
  });

  it('smooths positives to 1 − e and negatives to e', () => {
    const smoothed = valueAndGradient(
      (x, t) => asl(x, t, { labelSmoothing: 0.1 }),
      [[0.4, 0.4, 0.4]],
      [[1, 0, 0.5]],
    );
    const soft = valueAndGradient((x, t) => asl(x, t), [[0.4, 0.4, 0.4]], [[0.9, 0.1, 0.45]]);
    smoothed.value.forEach((value, i) => expect(value).toBeCloseTo(soft.value[i], 6));
    smoothed.gradient.forEach((value, i) => expect(value).toBeCloseTo(soft.gradient[i], 6));
  });

  it('passes no gradient where the probability is below epsilon, and keeps it just above', () => {
    const options = { gammaNeg: 0, gammaPos: 0, probabilityMargin: 0 };
    const got = valueAndGradient((x, t) => asl(x, t, options), [[-30, -18, 30, 18]], [[1, 1, 0, 0]]);
    expect(got.gradient[0]).toBe(0);
    expect(got.gradient[1]).toBeCloseTo(-1, 6);
    expect(got.gradient[2]).toBe(0);
    expect(got.gradient[3]).toBeCloseTo(1, 6);
    expect(got.value[0]).toBeCloseTo(-Math.log(1e-8), 4);
  });

  it('uses the scale of the head', () => {
    const scaled = valueAndGradient((x, t) => asymmetricLoss().elementwise(x, t, 5), [[0.2]], [[0]]);
    const unscaled = valueAndGradient((x, t) => asl(x, t), [[1]], [[0]]);
    expect(scaled.value[0]).toBeCloseTo(unscaled.value[0], 6);
    expect(scaled.gradient[0]).toBeCloseTo(5 * unscaled.gradient[0], 5);
  });

  it('refuses options and shapes that make no sense', () => {
    expect(() => asymmetricLoss({ gammaNeg: -1 })).toThrow(UsageError);
    expect(() => asymmetricLoss({ gamaNeg: 1 } as never)).toThrow('gamaNeg');
    expect(() => valueAndGradient((x, t) => asl(x, t, { scale: 0 }), [[1]], [[1]])).toThrow('scale');
    expect(() => valueAndGradient((x, t) => asl(x, t), [[1, 2]], [[1]])).toThrow('[1,2]');
  });

  it('is a part named asl with the defaults of the paper', () => {
    expect(aslDefinition.name).toBe('asl');
    expect(aslDefinition.options.parse({})).toEqual({
      gammaNeg: 4,
      gammaPos: 0,
      probabilityMargin: 0.05,
      labelSmoothing: 0,
      focusGradient: true,
      epsilon: 1e-8,
      positiveWeight: 1,
    });
  });
});
