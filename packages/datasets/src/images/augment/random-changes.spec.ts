import { RandomStream } from '@polytag/core';
import fc from 'fast-check';
import { colourJitter } from './colour-jitter.js';
import { drawCrop, randomCrop } from './random-crop.js';

/** Levels grow by one a column, and by ten a row. */
const ramp = {
  pixels: Uint8Array.from(
    { length: 12 * 16 * 3 },
    (_, i) => (Math.floor(i / 3) % 16) + 10 * Math.floor(i / 48),
  ),
  height: 12,
  width: 16,
};

describe('randomCrop', () => {
  it('lies within the image and within its bounds', () => {
    const size = fc.integer({ min: 8, max: 300 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 0, max: 10000 }), (height, width, seed) => {
        const settings = { scale: [0.3, 0.9], ratio: [0.5, 2] } as const;
        const area = drawCrop(
          { height, width },
          { scale: [0.3, 0.9], ratio: [0.5, 2] },
          new RandomStream(seed),
        );
        if (!area) return;
        const { left, top, right, bottom } = area;
        expect([left, top, width - right, height - bottom].every((gap) => gap >= 0)).toBe(true);
        const [w, h] = [(right - left) / width, (bottom - top) / height];
        // Sides are rounded to whole pixels: half of one either way.
        const [dw, dh] = [0.5 / width, 0.5 / height];
        expect((w + dw) * (h + dh)).toBeGreaterThanOrEqual(settings.scale[0]);
        expect((w - dw) * (h - dh)).toBeLessThanOrEqual(settings.scale[1]);
        expect((w + dw) / (h - dh)).toBeGreaterThanOrEqual(settings.ratio[0]);
        expect((w - dw) / (h + dh)).toBeLessThanOrEqual(settings.ratio[1]);
      }),
    );
  });

  it('enlarges the part to the whole', () => {
    const settings = { scale: [0.25, 0.25] as [number, number], ratio: [1, 1] as [number, number] };
    const { left, top } = drawCrop(ramp, settings, new RandomStream(3))!;
    const { pixels, height, width } = randomCrop(ramp, settings, new RandomStream(3));
    expect([height, width]).toEqual([12, 16]);
    expect(pixels[0]).toBe(left + 10 * top);
    expect(pixels[pixels.length - 1]).toBe(left + 7 + 10 * (top + 5));
  });

  it('takes the whole image when no part fits', () => {
    const never = { scale: [1, 1] as [number, number], ratio: [2, 2] as [number, number] };
    expect(randomCrop(ramp, never, new RandomStream(3))).toBe(ramp);
  });
});

describe('colourJitter', () => {
  it('draws a factor in 1 ± the setting', () => {
    const white = { pixels: new Uint8Array(3).fill(100), height: 1, width: 1 };
    const settings = { brightness: 0.5, contrast: 0, saturation: 0 };
    const levels = Array.from(
      { length: 300 },
      (_, i) => colourJitter(white, settings, new RandomStream(i)).pixels[0],
    );
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(50);
    expect(Math.min(...levels)).toBeLessThan(54);
    expect(Math.max(...levels)).toBeLessThan(150);
    expect(Math.max(...levels)).toBeGreaterThan(145);
  });

  it('changes nothing when everything is off', () => {
    expect(colourJitter(ramp, { brightness: 0, contrast: 0, saturation: 0 }, new RandomStream(1))).toBe(ramp);
  });

  it('changes brightness and contrast in either order', () => {
    const settings = { brightness: 0.9, contrast: 0.9, saturation: 0 };
    const first = Array.from({ length: 60 }, (_, i) => new RandomStream(i).permutation(3)[0]);
    expect(new Set(first).size).toBe(3);
    const results = Array.from({ length: 60 }, (_, i) =>
      String(colourJitter(ramp, settings, new RandomStream(i)).pixels),
    );
    expect(new Set(results).size).toBe(60);
  });
});
