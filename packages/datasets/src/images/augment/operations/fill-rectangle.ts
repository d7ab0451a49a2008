import type { RgbImage } from '../../decode-image.js';

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
