import type { RgbImage } from '../../decode-image.js';
import { UNCOVERED } from './uncovered.js';

/** Positions are in 65536ths of a pixel, as in Pillow: where a pixel lands at a border hangs on their rounding. */
const ONE = 65536;
const fixed = (value: number) => Math.floor(value * ONE + 0.5);

/** Turns an image around its centre, counter-clockwise, taking the nearest pixel; uncovered pixels are grey. */
export function rotate({ pixels, height, width }: RgbImage, degrees: number): RgbImage {
  const rotated = new Uint8Array(pixels.length).fill(UNCOVERED);
  const angle = (-degrees * Math.PI) / 180;
  const cosine = rounded(Math.cos(angle));
  const sine = rounded(Math.sin(angle));
  const [halfWidth, halfHeight] = [width / 2, height / 2];
  const left = cosine * -halfWidth + sine * -halfHeight + halfWidth;
  const top = -sine * -halfWidth + cosine * -halfHeight + halfHeight;
  const [alongX, alongY] = [fixed(cosine), fixed(sine)];
  let rowX = fixed(left + cosine * 0.5 + sine * 0.5);
  let rowY = fixed(top - sine * 0.5 + cosine * 0.5);
  let to = 0;
  for (let y = 0; y < height; y++, rowX += alongY, rowY += alongX) {
    let [atX, atY] = [rowX, rowY];
    for (let x = 0; x < width; x++, to += 3, atX += alongX, atY -= alongY) {
      const fromX = Math.floor(atX / ONE);
      const fromY = Math.floor(atY / ONE);
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const from = (fromY * width + fromX) * 3;
      rotated[to] = pixels[from];
      rotated[to + 1] = pixels[from + 1];
      rotated[to + 2] = pixels[from + 2];
    }
  }
  return { pixels: rotated, height, width };
}

/** To 15 decimals, so that the sine of 30 degrees is a half. */
const rounded = (value: number) => Number(value.toFixed(15));
