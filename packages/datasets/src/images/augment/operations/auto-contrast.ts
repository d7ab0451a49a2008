import type { RgbImage } from '../../decode-image.js';
import { histograms } from './histograms.js';
import { levelTable, lookUp } from './look-up.js';

/** Stretches the levels of each channel over 0 to 255. A channel of a single level stays. */
export function autoContrast(image: RgbImage): RgbImage {
  return lookUp(image, histograms(image).map(stretched));
}

function stretched(histogram: Uint32Array): Uint8Array {
  const lowest = histogram.findIndex((count) => count > 0);
  const highest = histogram.findLastIndex((count) => count > 0);
  if (highest <= lowest) return levelTable((level) => level);
  const scale = 255 / (highest - lowest);
  const offset = -lowest * scale;
  return levelTable((level) => Math.min(Math.max(Math.trunc(level * scale + offset), 0), 255));
}
