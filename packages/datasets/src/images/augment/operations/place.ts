import type { RgbImage } from '../../decode-image.js';

// Rectangles of an image, painted or cut out, and its mirror image.

/** Pixels from `left` and `top` up to, and without, `right` and `bottom`. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Levels of red, green and blue. */
export type Colour = readonly [number, number, number];

/** Paints a rectangle. What lies outside of the image is left out. */
export function fillRectangle(
  { pixels, height, width }: RgbImage,
  area: Rectangle,
  colour: Colour,
): RgbImage {
  const filled = Uint8Array.from(pixels);
  const [red, green, blue] = colour;
  const [left, right] = [Math.max(area.left, 0), Math.min(area.right, width)];
  for (let y = Math.max(area.top, 0); y < Math.min(area.bottom, height); y++) {
    const end = (y * width + right) * 3;
    for (let i = (y * width + left) * 3; i < end; i += 3) {
      filled[i] = red;
      filled[i + 1] = green;
      filled[i + 2] = blue;
    }
  }
  return { pixels: filled, height, width };
}

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
