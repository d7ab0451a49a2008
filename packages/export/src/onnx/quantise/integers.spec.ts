import { RandomStream } from '@polytag/core';
import { activationScale, LARGEST_WEIGHT, quantiseMap } from './integers.js';

it('counts a range in 256 steps, 0 among them', () => {
  expect(activationScale(0, 255)).toEqual({ scale: 1, zero: 0 });
  expect(activationScale(-1, 1.55)).toEqual({ scale: Math.fround(0.01), zero: 100 });
  expect(activationScale(-2, 0)).toEqual({ scale: Math.fround(2 / 255), zero: 255 });
  expect(activationScale(0, 0)).toEqual({ scale: 1, zero: 0 });
});

it('counts weights in steps of a 64th of the largest of their channel, biases in steps of a product', () => {
  // Two channels of two weights. Scales: 6.4/64 = 0.1 and 1.28/64 = 0.02; those of biases half of it.
  const map = quantiseMap(Float32Array.of(6.4, -3.24, 0.0101, -1.28), Float32Array.of(1, -0.1), 2, 0.5, 64);
  expect([...map.scales].map((scale) => +scale.toFixed(6))).toEqual([0.1, 0.02]);
  expect([...map.weight]).toEqual([64, -32, 1, -64]);
  expect([...map.biasScales].map((scale) => +scale.toFixed(6))).toEqual([0.05, 0.01]);
  expect([...map.bias!]).toEqual([20, -10]);
});

it('is off by half a step at most', () => {
  const random = new RandomStream(3, 'weights');
  const draw = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const [weight, bias] = [draw(60), draw(5)];
  const map = quantiseMap(weight, bias, 5, 0.01, 127);
  weight.forEach((value, i) => {
    const scale = map.scales[Math.floor(i / 12)];
    expect(Math.abs(map.weight[i] * scale - value)).toBeLessThan(0.501 * scale);
  });
  bias.forEach((value, i) =>
    expect(Math.abs(map.bias![i] * map.biasScales[i] - value)).toBeLessThan(0.501 * map.biasScales[i]),
  );
});

it('keeps the bias of a channel of no weight', () => {
  const { weight, bias, biasScales } = quantiseMap(new Float32Array(4), Float32Array.of(3, 0), 2, 1e-3, 64);
  expect([...weight]).toEqual([0, 0, 0, 0]);
  expect(bias![0] * biasScales[0]).toBeCloseTo(3, 6);
  expect(bias![1]).toBe(0);
});

it('keeps the sum of two products of a matrix in 16 bits, with sign', () => {
  expect(2 * 255 * LARGEST_WEIGHT.product).toBeLessThan(2 ** 15);
  expect(LARGEST_WEIGHT.depthwise).toBeLessThan(2 ** 7);
});
