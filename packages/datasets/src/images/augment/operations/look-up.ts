import type { RgbImage } from '../../decode-image.js';

/** A level for each level: [256]. */
export type LevelTable = Uint8Array;

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
