import type { RgbImage } from '../../decode-image.js';

/** How many pixels have each level: [256] for red, green and blue. */
export function histograms({ pixels }: RgbImage): readonly [Uint32Array, Uint32Array, Uint32Array] {
  const [red, green, blue] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < pixels.length; i += 3) {
    red[pixels[i]]++;
    green[pixels[i + 1]]++;
    blue[pixels[i + 2]]++;
  }
  return [red, green, blue];
}
