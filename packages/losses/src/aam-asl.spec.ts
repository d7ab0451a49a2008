import fc from 'fast-check';
import { near, sigmoid, slope, valueAndGradient } from './value-and-gradient.fixture.js';
import { aamAsl, aamAslDefinition, aamAslLoss, type AamAslOptions } from './aam-asl.js';
import { ENGINES, start } from './engines.fixture.js';

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(() => start(engine));

  /** The formula in double precision. */
  function formula(
    c: number,
    y: number,
    s: number,
    o: Required<AamAslOptions> & { positiveWeight: number },
  ): number {
    const positive = sigmoid(s * (c - o.margin));
    const asymmetric = o.gammaNeg > 0 || o.gammaPos > 0;
    const unshifted = sigmoid(-s * (c + o.margin));
    const negative =
      asymmetric && o.probabilityMargin > 0 ? Math.min(unshifted + o.probabilityMargin, 1) : unshifted;
    const cost = -(
      (o.k / s) * o.positiveWeight * y * Math.log(positive) +
      ((1 - o.k) / s) * (1 - y) * Math.log(negative)
    );
    if (!asymmetric) return cost;
    return cost * (negative * y + positive * (1 - y)) ** (o.gammaPos * y + o.gammaNeg * (1 - y));
  }

  const paper = { margin: 0, k: 0.7, scale: 23 };
  const focused = { margin: 0.1, k: 0.7, scale: 10 };
  // Value and gradient of single elements, computed in float64 with the authors' code.
  it.each([
    [0.3, 1, paper, 0.000030656, -0.00070474],
    [0.3, 0, paper, 0.090013138, 0.299697969],
    [-0.2, 1, { margin: 0.1, k: 0.7, scale: 17 }, 0.21025028, -0.695758139],
    [-0.2, 0, { margin: 0.1, k: 0.7, scale: 17 }, 0.00296093, 0.04633958],
    [0.1, 1, { ...focused, gammaNeg: 1 }, 0.048520303, -0.35],
    [0.1, 0, { ...focused, gammaNeg: 1 }, 0.026649848, 0.226327054],
    [0.1, 0, { ...focused, gammaNeg: 2, gammaPos: 1 }, 0.013324924, 0.179788148],
    [0.1, 1, { ...focused, gammaNeg: 2, gammaPos: 1 }, 0.008209777, -0.110164228],
  ])('gives the published numbers at c = %p, y = %p, %p', (c, y, options, value, gradient) => {
    const got = valueAndGradient((x, t) => aamAsl(x, t, options), [[c]], [[y]]);
    expect(Math.abs(got.value[0] - value)).toBeLessThanOrEqual(1e-6 * value + 1e-9);
    expect(Math.abs(got.gradient[0] - gradient)).toBeLessThanOrEqual(1e-5 * Math.abs(gradient) + 1e-9);
  });

  const anyCase = fc.record({
    c: fc.double({ min: -1, max: 1, noNaN: true }),
    y: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0.05, max: 0.95, noNaN: true })),
    scale: fc.constantFrom(7, 17, 23),
    margin: fc.constantFrom(0, 0.1, 0.35),
    k: fc.constantFrom(0.5, 0.7),
    gammaNeg: fc.constantFrom(0, 1, 4),
    gammaPos: fc.constantFrom(0, 1, 2),
    probabilityMargin: fc.constantFrom(0, 0.05),
    positiveWeight: fc.constantFrom(1, 0.25, 7.5),
  });

  it('is the formula, and its gradient the slope of the formula', () => {
    fc.assert(
      fc.property(anyCase, ({ c, y, scale, ...chosen }) => {
        const options = { ...chosen, labelSmoothing: 0 };
        const cosine = Math.fround(c);
        const target = Math.fround(y);
        const rejected = sigmoid(scale * (cosine + options.margin));
        fc.pre(Math.abs(rejected - options.probabilityMargin) > 1e-3);
        const got = valueAndGradient((x, t) => aamAsl(x, t, { ...chosen, scale }), [[c]], [[y]]);
        expect(near(got.value[0], formula(cosine, target, scale, options))).toBe(true);
        expect(got.value[0]).toBeGreaterThanOrEqual(0);
        expect(
          near(
            got.gradient[0],
            slope((v) => formula(v, target, scale, options), cosine),
          ),
        ).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('stays finite where σ(s·(c ± m)) is 0 in float32', () => {
    const options = { margin: 0.35, k: 0.7, scale: 500, gammaNeg: 4, gammaPos: 1, probabilityMargin: 0 };
    const got = valueAndGradient((x, t) => aamAsl(x, t, options), [[-1, 1]], [[1, 0]]);
    // ln σ(x) = x for very negative x: k·1.35 and (1 − k)·1.35, with focusing weights of 1.
    expect(got.value[0]).toBeCloseTo(0.7 * 1.35, 5);
    expect(got.value[1]).toBeCloseTo(0.3 * 1.35, 5);
    expect(got.gradient[0]).toBeCloseTo(-0.7, 5);
    expect(got.gradient[1]).toBeCloseTo(0.3, 5);
  });

  it('has no use for the probability margin without focusing', () => {
    const of = (probabilityMargin: number) =>
      valueAndGradient((x, t) => aamAsl(x, t, { probabilityMargin }), [[-0.4, 0.2]], [[0, 0]]);
    expect(of(0.4)).toEqual(of(0));
  });

  it('ignores elements with a negative target', () => {
    const got = valueAndGradient((x, t) => aamAsl(x, t), [[NaN, 0.2]], [[-1, 1]]);
    expect([got.value[0], got.gradient[0]]).toEqual([0, 0]);
    expect(got.gradient[1]).toBeLessThan(0);
  });

  it('is a part named aam-asl on cosines', () => {
    expect(aamAslDefinition.name).toBe('aam-asl');
    expect(aamAslLoss()).toMatchObject({ name: 'aam-asl', space: 'cosines' });
    expect(aamAslDefinition.options.parse({})).toEqual({
      margin: 0.35,
      k: 0.8,
      gammaNeg: 0,
      gammaPos: 0,
      probabilityMargin: 0.05,
      labelSmoothing: 0,
      positiveWeight: 1,
    });
  });
});
