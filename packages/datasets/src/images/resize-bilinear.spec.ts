import fc from 'fast-check';
import type { RgbImage } from './decode-image.js';
import { resizeBilinear } from './resize-bilinear.js';

const image = (
  height: number,
  width: number,
  level: (y: number, x: number, channel: number) => number,
): RgbImage => ({
  height,
  width,
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) =>
    level(Math.floor(i / (3 * width)), Math.floor(i / 3) % width, i % 3),
  ),
});

const side = fc.integer({ min: 1, max: 12 });
const anyImage = fc
  .tuple(side, side, fc.integer())
  .map(([h, w, salt]) => image(h, w, (y, x, c) => Math.imul(y * 71 + x * 13 + c + salt, 2654435761) >>> 24));
const anySize = fc.record({ height: side, width: side });

describe('resizeBilinear', () => {
  it('weighs four neighbours around half-pixel centres', () => {
    // 2 -> 4: centres at −0.25, 0.25, 0.75, 1.25, the outer ones held at the border.
    const row = resizeBilinear(
      image(1, 2, (_, x) => x * 100),
      { height: 1, width: 4 },
      new Float32Array(12),
    );
    expect([0, 3, 6, 9].map((i) => row[i])).toEqual([0, 25, 75, 100]);
  });

  it('does not average what lies between the samples', () => {
    // 6 -> 2 without antialiasing: centres at 1 and 4, whatever stands at 0, 2, 3 and 5.
    const levels = [9, 10, 99, 77, 200, 5];
    const row = resizeBilinear(
      image(1, 6, (_, x) => levels[x]),
      { height: 1, width: 2 },
    );
    expect([row[0], row[3]]).toEqual([10, 200]);
  });

  it('rounds bytes to the nearest level', () => {
    const twoRows = image(2, 1, (y) => y * 3); // middle of 0 and 3 is 1.5
    expect(resizeBilinear(twoRows, { height: 1, width: 1 })[0]).toBe(2);
    expect(resizeBilinear(twoRows, { height: 1, width: 1 }, new Float32Array(3))[0]).toBe(1.5);
  });

  it('keeps height and width apart', () => {
    // Rows differ, columns do not.
    const out = resizeBilinear(
      image(3, 5, (y) => y * 50),
      { height: 6, width: 2 },
      new Float32Array(6 * 2 * 3),
    );
    for (let y = 0; y < 6; y++) expect(out[y * 6]).toBe(out[y * 6 + 3]);
    expect([...new Set(out)]).toHaveLength(6);
  });

  it('keeps an image of the same size', () => {
    fc.assert(
      fc.property(anyImage, (source) => expect(resizeBilinear(source, source)).toEqual(source.pixels)),
    );
  });

  it('stays between the darkest and the brightest pixel', () => {
    fc.assert(
      fc.property(anyImage, anySize, (source, size) => {
        const out = resizeBilinear(source, size);
        expect(out).toHaveLength(size.height * size.width * 3);
        expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...source.pixels));
        expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...source.pixels));
      }),
    );
  });

  it('commutes with mirroring', () => {
    const mirrored = (pixels: Uint8Array, { height, width }: { height: number; width: number }) =>
      image(height, width, (y, x, c) => pixels[(y * width + width - 1 - x) * 3 + c]).pixels;
    fc.assert(
      fc.property(anyImage, anySize, (source, size) => {
        const flippedFirst = resizeBilinear({ ...source, pixels: mirrored(source.pixels, source) }, size);
        const flippedLast = mirrored(resizeBilinear(source, size), size);
        for (let i = 0; i < flippedLast.length; i++) {
          // The two sums add their terms in another order: an exact half may round either way.
          expect(Math.abs(flippedFirst[i] - flippedLast[i])).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
