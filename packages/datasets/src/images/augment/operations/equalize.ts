import type { RgbImage } from '../../decode-image.js';
import { histograms } from './histograms.js';
import { levelTable, lookUp } from './look-up.js';

/** Spreads the levels of each channel so that about as many pixels have each. */
export function equalize(image: RgbImage): RgbImage {
  return lookUp(image, histograms(image).map(equalised));
}

function equalised(histogram: Uint32Array): Uint8Array {
  const counts = histogram.filter((count) => count > 0);
  const belowLast = counts.reduce((sum, count) => sum + count, 0) - counts[counts.length - 1];
  const step = Math.floor(belowLast / 255);
  if (step === 0) return levelTable((level) => level);
  let below = Math.floor(step / 2);
  return levelTable((level) => {
    const spread = Math.min(Math.floor(below / step), 255);
    below += histogram[level];
    return spread;
  });
}
