import type { ImageSize } from '@polytag/core';
import type { RgbImage } from './decode-image.js';

/**
 * Bilinear resize with half-pixel centres, without antialiasing, with replicated borders: OpenCV's INTER_LINEAR in
 * exact arithmetic instead of 11-bit fixed point. The aspect ratio is not kept.
 */
export function resizeBilinear(image: RgbImage, size: ImageSize): Uint8Array;
/**
 * The same, into an array of the caller's: bytes are rounded to the nearest level, floats are not rounded.
 *
 * @param into [height, width, 3]
 */
export function resizeBilinear<Pixels extends Uint8Array | Float32Array>(
  image: RgbImage,
  size: ImageSize,
  into: Pixels,
): Pixels;
export function resizeBilinear(
  image: RgbImage,
  size: ImageSize,
  into: Uint8Array | Float32Array = new Uint8Array(size.height * size.width * 3),
): Uint8Array | Float32Array {
  const { pixels } = image;
  if (image.height === size.height && image.width === size.width) {
    into.set(pixels);
    return into;
  }
  const rows = taps(image.height, size.height);
  const columns = taps(image.width, size.width);
  const rowStride = image.width * 3;
  // A byte array cuts off the fraction, so adding a half rounds.
  const rounding = into instanceof Float32Array ? 0 : 0.5;
  let o = 0;
  for (let y = 0; y < size.height; y++) {
    const top = rows.first[y] * rowStride;
    const bottom = rows.second[y] * rowStride;
    const down = rows.weight[y];
    for (let x = 0; x < size.width; x++) {
      const left = columns.first[x] * 3;
      const right = columns.second[x] * 3;
      const across = columns.weight[x];
      for (let channel = 0; channel < 3; channel++) {
        const topLeft = pixels[top + left + channel];
        const bottomLeft = pixels[bottom + left + channel];
        const upper = topLeft + (pixels[top + right + channel] - topLeft) * across;
        const lower = bottomLeft + (pixels[bottom + right + channel] - bottomLeft) * across;
        into[o++] = upper + (lower - upper) * down + rounding;
      }
    }
  }
  return into;
}

/** For each target position along one axis: the two source positions and the weight of the second. */
function taps(from: number, to: number): { first: Uint32Array; second: Uint32Array; weight: Float64Array } {
  const first = new Uint32Array(to);
  const second = new Uint32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    first[i] = Math.floor(centre);
    second[i] = Math.min(first[i] + 1, from - 1);
    weight[i] = centre - first[i];
  }
  return { first, second, weight };
}
