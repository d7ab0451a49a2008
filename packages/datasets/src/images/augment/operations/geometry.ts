import type { RgbImage } from '../../decode-image.js';

// Operations that move pixels: TranslateX, TranslateY, ShearX, ShearY, Rotate.

/** The grey of pixels that a moved image leaves uncovered. */
const UNCOVERED = 128;

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
