import type { RgbImage } from '../../decode-image.js';
import type { Rectangle } from './fill-rectangle.js';

/** Cuts out a rectangle that lies inside of the image. */
export function crop({ pixels, width }: RgbImage, { left, top, right, bottom }: Rectangle): RgbImage {
  const [height, row] = [bottom - top, (right - left) * 3];
  const cut = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * width + left) * 3;
    cut.set(pixels.subarray(from, from + row), y * row);
  }
  return { pixels: cut, height, width: right - left };
}
