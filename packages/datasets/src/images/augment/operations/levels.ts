import type { RgbImage } from '../../decode-image.js';

// Operations that replace each level by another, whatever its place: Invert, Posterize, Solarize, AutoContrast, Equalize.

/** A level for each level: [256]. */
type LevelTable = Uint8Array;

export function levelTable(level: (from: number) => number): LevelTable {
  return Uint8Array.from({ length: 256 }, (_, from) => level(from));
}

/** Replaces each level by what a table has for it: one table for all channels, or one each for red, green and blue. */
export function lookUp(image: RgbImage, tables: LevelTable | readonly LevelTable[]): RgbImage {
  const [red, green, blue] = tables instanceof Uint8Array ? [tables, tables, tables] : tables;
  const { pixels } = image;
  const changed = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    changed[i] = red[pixels[i]];
    changed[i + 1] = green[pixels[i + 1]];
    changed[i + 2] = blue[pixels[i + 2]];
  }
  return { ...image, pixels: changed };
}

const NEGATIVE = levelTable((level) => 255 - level);

/** The negative. */
export function invert(image: RgbImage): RgbImage {
  return lookUp(image, NEGATIVE);
}

/** Keeps the highest bits of each level. @param bits 1 to 8; 8 changes nothing */
export function posterize(image: RgbImage, bits: number): RgbImage {
  const kept = 256 - 2 ** (8 - bits);
  return lookUp(
    image,
    levelTable((level) => level & kept),
  );
}

/** Inverts the levels that reach a threshold. @param threshold 256 changes nothing, 0 inverts all */
export function solarize(image: RgbImage, threshold: number): RgbImage {
  return lookUp(
    image,
    levelTable((level) => (level < threshold ? level : 255 - level)),
  );
}

/** How many pixels have each level: [256] for red, green and blue. */
function histograms({ pixels }: RgbImage): readonly [Uint32Array, Uint32Array, Uint32Array] {
  const [red, green, blue] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < pixels.length; i += 3) {
    red[pixels[i]]++;
    green[pixels[i + 1]]++;
    blue[pixels[i + 2]]++;
  }
  return [red, green, blue];
}

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
