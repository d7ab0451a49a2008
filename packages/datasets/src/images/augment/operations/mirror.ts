import type { RgbImage } from '../../decode-image.js';

/** Mirrors an image left to right. */
export function mirror({ pixels, height, width }: RgbImage): RgbImage {
  const mirrored = new Uint8Array(pixels.length);
  const row = width * 3;
  for (let start = 0; start < pixels.length; start += row) {
    let to = start + row - 3;
    for (let from = start; from < start + row; from += 3, to -= 3) {
      mirrored[to] = pixels[from];
      mirrored[to + 1] = pixels[from + 1];
      mirrored[to + 2] = pixels[from + 2];
    }
  }
  return { pixels: mirrored, height, width };
}
