import { ValueHistogram } from './value-histogram.js';

/** Ends lie on the outer edges of bins, which are 1/128 wide at most. */
const isEnd = (found: number, value: number) => {
  expect(Math.abs(found)).toBeGreaterThanOrEqual(Math.abs(value));
  expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(value) * (1 + 1 / 128) + 1e-30);
};

const rangeOf = (values: number[], percentile: number) => {
  const histogram = new ValueHistogram();
  histogram.add(Float32Array.from(values.slice(0, 3)));
  histogram.add(Float32Array.from(values.slice(3)));
  return histogram.range(percentile);
};

it('cuts the share of values beyond the percentile off each end', () => {
  // 1 to 900 and −1 to −100: of 1000 values 1 % are the ten largest and the ten smallest.
  const values = Array.from({ length: 1000 }, (_, i) => (i < 900 ? i + 1 : 899 - i));
  const { low, high } = rangeOf(values, 99);
  isEnd(high, 890);
  isEnd(low, -90);
  const whole = rangeOf(values, 100);
  isEnd(whole.high, 900);
  isEnd(whole.low, -100);
});

it('contains 0, whatever the values', () => {
  expect(rangeOf([3, 4, 5, 6], 100).low).toBe(0);
  expect(rangeOf([-3, -4, -5, -6], 100).high).toBe(0);
  expect(rangeOf([0, 0, 0, 0], 99)).toEqual({ low: 0, high: 0 });
});

it('takes the smallest and the largest float32', () => {
  const { low, high } = rangeOf([1e-45, -3.4e38, 3.4e38, 0], 100);
  expect(low).toBeLessThanOrEqual(-3.4e38);
  expect(high).toBeGreaterThanOrEqual(3.4e38);
  expect(Number.isFinite(high - low)).toBe(true);
});

it.each([NaN, Infinity, -Infinity])('refuses %p', (value) => {
  expect(() => rangeOf([0, value, 1, 2], 99)).toThrow(
    expect.objectContaining({ code: 'model/not-a-number' }),
  );
});
