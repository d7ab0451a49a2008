import { biasCorrectedInterval, centredInterval } from './interval.js';
import { normalCdf, normalQuantile } from './normal.js';

describe('the normal distribution', () => {
  // Values of Abramowitz and Stegun, table 26.1.
  it.each([
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [3, 0.99865010196837],
    [-2, 0.022750131948179],
  ])('Φ(%d) = %d', (x, p) => {
    expect(normalCdf(x)).toBeCloseTo(p, 13);
    expect(normalQuantile(p)).toBeCloseTo(x, 11);
  });

  it('stays between 0 and 1 far out', () => {
    expect([normalCdf(-50), normalCdf(50)]).toEqual([0, 1]);
    expect(normalCdf(-7.9)).toBeGreaterThanOrEqual(0);
  });
});

/** 1 … 99 in some order: the quantile at share p is 100 p. */
const values = Float64Array.from({ length: 99 }, (_, i) => ((i * 37) % 99) + 1);

describe('centredInterval', () => {
  it('goes from one quantile to the other', () => {
    expect(centredInterval(50, values, 0.9)).toEqual({
      estimate: 50,
      from: expect.closeTo(5, 10),
      to: expect.closeTo(95, 10),
    });
    expect(centredInterval(50, values, 0.95)).toMatchObject({ from: expect.closeTo(2.5, 10) });
  });

  it('is moved by the bias of the values: their mean less the estimate', () => {
    // The mean is 50: 20 too high for an estimate of 30.
    expect(centredInterval(30, values, 0.9)).toMatchObject({
      from: expect.closeTo(-15, 10),
      to: expect.closeTo(75, 10),
    });
  });

  it('leaves out what is no number, and gives nothing of nothing', () => {
    expect(centredInterval(2, Float64Array.of(NaN, 1, NaN, 3), 0.1)).toMatchObject({
      from: expect.closeTo(1.7, 10),
      to: expect.closeTo(2.3, 10),
    });
    expect(centredInterval(2, Float64Array.of(NaN), 0.9)).toBeUndefined();
  });
});

describe('biasCorrectedInterval', () => {
  it('goes between the plain quantiles where half of the values lie below the estimate', () => {
    const plain = centredInterval(50, values, 0.9)!;
    expect(biasCorrectedInterval(50, values, 0.9)).toEqual({
      estimate: 50,
      from: expect.closeTo(plain.from, 9),
      to: expect.closeTo(plain.to, 9),
    });
  });

  it('moves against the bias of the values: Φ(2 z0 ± z)', () => {
    // 30.5 of 99 values are below 31, one of them half: z0 = −0.50253.
    const z0 = normalQuantile(30.5 / 99);
    expect(biasCorrectedInterval(31, values, 0.95)).toEqual({
      estimate: 31,
      from: expect.closeTo(Math.max(100 * normalCdf(2 * z0 - 1.959963984540054), 1), 9),
      to: expect.closeTo(100 * normalCdf(2 * z0 + 1.959963984540054), 9),
    });
  });

  it('reaches to the estimate where all values lie on one side', () => {
    const { from, to } = biasCorrectedInterval(1000, values, 0.95)!;
    expect([from > 95, to]).toEqual([true, 1000]);
    expect(biasCorrectedInterval(7, Float64Array.of(7, 7, 7), 0.95)).toEqual({ estimate: 7, from: 7, to: 7 });
  });
});
