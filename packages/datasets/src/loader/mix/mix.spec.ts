import { RandomStream } from '@polytag/core';
import { drawBeta } from './draw-beta.js';
import { drawMix, type Mix } from './draw-mix.js';
import { mixImages } from './mix-images.js';
import { mixTargets } from './mix-targets.js';

const size = { height: 12, width: 20 };
const batches = (name: 'mixup' | 'cutmix', count: number, probability = 1) =>
  Array.from({ length: count }, (_, batch) =>
    drawMix({ name, alpha: 1, probability }, { seed: 5, epoch: 2, batch }, 4, size),
  );

describe('drawBeta', () => {
  // Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1)).
  it.each([0.05, 0.4, 1, 2.5])('has mean and variance of Beta(%d, %d)', (alpha) => {
    const stream = new RandomStream(7, 'beta');
    const draws = Array.from({ length: 8000 }, () => drawBeta(alpha, stream));
    expect(draws.every((draw) => draw >= 0 && draw <= 1)).toBe(true);
    const mean = draws.reduce((sum, draw) => sum + draw) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(4.5 * Math.sqrt(expected / draws.length));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.08);
  });
});

describe('drawMix', () => {
  it('mixes the given share of batches', () => {
    const mixed = batches('mixup', 400, 0.25).filter((mix) => mix !== undefined).length;
    // 100 expected, standard deviation 8.7.
    expect(Math.abs(mixed - 100)).toBeLessThan(35);
  });

  it('is a function of seed, epoch and batch', () => {
    expect(batches('cutmix', 5)).toEqual(batches('cutmix', 5));
    expect(new Set(batches('mixup', 20).map((mix) => mix!.lambda)).size).toBe(20);
  });

  it('takes λ from what the rectangle leaves', () => {
    for (const mix of batches('cutmix', 50)) {
      const { left, top, right, bottom } = mix!.area!;
      expect(left >= 0 && top >= 0 && right <= 20 && bottom <= 12 && right >= left && bottom >= top).toBe(
        true,
      );
      expect(mix!.lambda).toBeCloseTo(1 - ((right - left) * (bottom - top)) / (12 * 20), 12);
    }
  });
});

describe('mixImages', () => {
  const images = Float32Array.from({ length: 2 * 2 * 3 * 3 }, (_, i) => (i < 18 ? 1 : 3));
  const order = Uint32Array.from([1, 0]);

  it('blends pixels', () => {
    const mixed = mixImages(images, { height: 2, width: 3 }, { order, lambda: 0.75 });
    expect([...mixed]).toEqual([...Array(18).fill(1.5), ...Array(18).fill(2.5)]);
  });

  it('puts a rectangle of the partner into the image', () => {
    const mix: Mix = { order, lambda: 2 / 3, area: { left: 1, top: 0, right: 2, bottom: 2 } };
    const mixed = mixImages(images, { height: 2, width: 3 }, mix);
    const red = [...mixed].filter((_, i) => i % 3 === 0);
    expect(red).toEqual([1, 3, 1, 1, 3, 1, 3, 1, 3, 3, 1, 3]);
    expect([...images].every((value, i) => value === (i < 18 ? 1 : 3))).toBe(true);
  });
});

it('mixes targets: clamp(λ·y + (1 − λ)·y[order], 0, 1), −1 where either is ignored', () => {
  const targets = Float32Array.from([1, 0, -1, 1, 0, 0, 1, 1]);
  const mixed = mixTargets(targets, 4, { order: Uint32Array.from([1, 0]), lambda: 0.75 });
  expect([...mixed]).toEqual([0.75, 0, -1, 1, 0.25, 0, -1, 1]);
});
