import type { RgbImage } from '../../decode-image.js';
import { UNCOVERED } from './uncovered.js';

/** Moves an image left by a share of its width (a negative one: right). Uncovered pixels are grey. */
export function translateX(image: RgbImage, share: number): RgbImage {
  return translate(image, share * image.width, 0);
}

/** Moves an image up by a share of its height (a negative one: down). Uncovered pixels are grey. */
export function translateY(image: RgbImage, share: number): RgbImage {
  return translate(image, 0, share * image.height);
}

function translate({ pixels, height, width }: RgbImage, left: number, up: number): RgbImage {
  const moved = new Uint8Array(pixels.length).fill(UNCOVERED);
  const rows = sources(height, up);
  const columns = sources(width, left);
  for (let y = 0; y < height; y++) {
    if (rows[y] < 0) continue;
    for (let x = 0; x < width; x++) {
      if (columns[x] < 0) continue;
      const from = (rows[y] * width + columns[x]) * 3;
      const to = (y * width + x) * 3;
      moved[to] = pixels[from];
      moved[to + 1] = pixels[from + 1];
      moved[to + 2] = pixels[from + 2];
    }
  }
  return { pixels: moved, height, width };
}

/** For each position along an axis the one it is taken from, the nearest; −1 outside of the image. */
function sources(size: number, shift: number): Int32Array {
  const from = new Int32Array(size);
  // Added up step by step, as Pillow does: the rounding of the sum decides at the borders of a pixel.
  let position = shift + 0.5;
  for (let i = 0; i < size; i++, position++) {
    from[i] = position >= 0 && position < size ? Math.floor(position) : -1;
  }
  return from;
}
