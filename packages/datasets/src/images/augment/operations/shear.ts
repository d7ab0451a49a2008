import type { RgbImage } from '../../decode-image.js';
import { UNCOVERED } from './uncovered.js';

/**
 * Slants an image: each row moves left by `slope` pixels more than the row above it (a negative slope: right).
 * Bicubic (a = −1), cut off to whole levels as Pillow does; uncovered pixels are grey.
 */
export function shearX({ pixels, height, width }: RgbImage, slope: number): RgbImage {
  const sheared = new Uint8Array(pixels.length).fill(UNCOVERED);
  for (let y = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < width; x++) {
      const position = x + 0.5 + slope * (y + 0.5);
      if (!(position >= 0 && position < width)) continue;
      const first = Math.floor(position - 0.5);
      const beyond = position - 0.5 - first;
      const at0 = row + within(first - 1, width) * 3;
      const at1 = row + within(first, width) * 3;
      const at2 = row + within(first + 1, width) * 3;
      const at3 = row + within(first + 2, width) * 3;
      const to = row + x * 3;
      for (let c = 0; c < 3; c++) {
        sheared[to + c] = cubic(pixels[at0 + c], pixels[at1 + c], pixels[at2 + c], pixels[at3 + c], beyond);
      }
    }
  }
  return { pixels: sheared, height, width };
}

/** Slants an image: each column moves up by `slope` pixels more than the column left of it. See {@link shearX}. */
export function shearY({ pixels, height, width }: RgbImage, slope: number): RgbImage {
  const sheared = new Uint8Array(pixels.length).fill(UNCOVERED);
  const row = width * 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const position = slope * (x + 0.5) + (y + 0.5);
      if (!(position >= 0 && position < height)) continue;
      const first = Math.floor(position - 0.5);
      const beyond = position - 0.5 - first;
      const at0 = within(first - 1, height) * row + x * 3;
      const at1 = within(first, height) * row + x * 3;
      const at2 = within(first + 1, height) * row + x * 3;
      const at3 = within(first + 2, height) * row + x * 3;
      const to = y * row + x * 3;
      for (let c = 0; c < 3; c++) {
        sheared[to + c] = cubic(pixels[at0 + c], pixels[at1 + c], pixels[at2 + c], pixels[at3 + c], beyond);
      }
    }
  }
  return { pixels: sheared, height, width };
}

/** The nearest position that is in the image: borders are replicated. */
function within(position: number, size: number): number {
  return position < 0 ? 0 : position < size ? position : size - 1;
}

/** Between the second and the third of four levels, `d` beyond the second, 0 to 255. A byte array cuts off the fraction. */
function cubic(v0: number, v1: number, v2: number, v3: number, d: number): number {
  const level = v1 + d * (v2 - v0 + d * (2 * (v0 - v1) + v2 - v3 + d * (v1 - v0 - v2 + v3)));
  return level <= 0 ? 0 : level >= 255 ? 255 : level;
}
