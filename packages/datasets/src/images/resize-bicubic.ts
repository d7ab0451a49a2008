import type { ImageSize } from '@polytag/core';
import type { RgbImage } from './decode-image.js';

/** A part of an image, pixels. */
export interface ImageWindow extends ImageSize {
  readonly top: number;
  readonly left: number;
}

/** Of the cubic kernel, as Pillow has it (Keys, 1981). */
const A = -0.5;
/** Bits after the point of a weight. */
const BITS = 22;

function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((A + 2) * d - (A + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * A : 0;
}

/**
 * Bicubic resize with antialiasing, as in Pillow (docs/method.md#bicubic): columns first, then rows, in fixed point,
 * with 8-bit values after each. The aspect ratio is not kept.
 *
 * @param size size of the whole resized image
 * @param part part to compute. Default: all
 * @returns [height, width, 3] of the part
 */
export function resizeBicubic(
  image: RgbImage,
  size: ImageSize,
  part: ImageWindow = { ...size, top: 0, left: 0 },
): Uint8Array {
  const { pixels, width: stride } = image;
  const across = taps(image.width, size.width, part.left, part.width);
  const down = taps(image.height, size.height, part.top, part.height);
  // Rows that a wanted row is made of.
  const firstRow = down.first[0];
  const endRow = down.first[part.height - 1] + down.count[part.height - 1];
  const narrow = new Uint8Array((endRow - firstRow) * part.width * 3);
  let o = 0;
  for (let y = firstRow; y < endRow; y++) {
    for (let x = 0; x < part.width; x++, o += 3) {
      const from = (y * stride + across.first[x]) * 3;
      mix(pixels, from, 3, across, x, narrow, o);
    }
  }
  const result = new Uint8Array(part.height * part.width * 3);
  const row = part.width * 3;
  o = 0;
  for (let y = 0; y < part.height; y++) {
    const from = (down.first[y] - firstRow) * row;
    for (let x = 0; x < part.width; x++, o += 3) mix(narrow, from + x * 3, row, down, y, result, o);
  }
  return result;
}

interface Taps {
  /** Of each wanted position: the first source position, and how many there are. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** Weights · 2^22, `most` a position. */
  readonly weights: Int32Array;
  readonly most: number;
}

/** One pixel: the sum of `count` pixels, `step` bytes apart. Sums of weights and bytes stay below 2^31. */
function mix(
  from: Uint8Array,
  at: number,
  step: number,
  { count, weights, most }: Taps,
  position: number,
  into: Uint8Array,
  place: number,
): void {
  let [red, green, blue] = [1 << (BITS - 1), 1 << (BITS - 1), 1 << (BITS - 1)];
  const end = position * most + count[position];
  for (let w = position * most; w < end; w++, at += step) {
    const weight = weights[w];
    red += from[at] * weight;
    green += from[at + 1] * weight;
    blue += from[at + 2] * weight;
  }
  into[place] = level(red >> BITS);
  into[place + 1] = level(green >> BITS);
  into[place + 2] = level(blue >> BITS);
}

const level = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Along one axis: where the image shrinks, the kernel is as much wider; at the border it is cut, and sums to 1 again. */
function taps(from: number, to: number, start: number, length: number): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  const most = 2 * Math.ceil(support) + 1;
  const [first, count] = [new Uint32Array(length), new Uint32Array(length)];
  const weights = new Int32Array(length * most);
  const row = new Float64Array(most);
  for (let i = 0; i < length; i++) {
    const centre = (start + i + 0.5) * scale;
    const low = Math.max(Math.trunc(centre - support + 0.5), 0);
    const high = Math.min(Math.trunc(centre + support + 0.5), from);
    let sum = 0;
    for (let j = low; j < high; j++) sum += row[j - low] = cubic((j - centre + 0.5) / stretch);
    first[i] = low;
    count[i] = high - low;
    for (let j = 0; j < high - low; j++) {
      const weight = (row[j] / sum) * 2 ** BITS;
      weights[i * most + j] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
    }
  }
  return { first, count, weights, most };
}
