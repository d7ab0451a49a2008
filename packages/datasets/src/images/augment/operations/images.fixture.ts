import type { RgbImage } from '../../decode-image.js';

/** An image whose levels are told by their number, row by row, red, green and blue of each pixel. */
export const imageOf = (height: number, width: number, level: (i: number) => number): RgbImage => ({
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) => level(i)),
  height,
  width,
});

/** A single row of these levels. */
export const row = (...levels: number[]) => imageOf(1, levels.length / 3, (i) => levels[i]);

export const levelsOf = (image: RgbImage) => [...image.pixels];

/** Every level in every channel, in an order without a pattern. */
export const every = imageOf(16, 16, (i) => (Math.floor(i / 3) * 101 + (i % 3) * 37) % 256);

/** An image whose pixels are (n, n + 100, 7), from rows of n. */
export const fromRows = (...rows: readonly number[][]): RgbImage => ({
  pixels: Uint8Array.from(rows.flat().flatMap((n) => [n, n + 100, 7])),
  height: rows.length,
  width: rows[0].length,
});

/** The first channel, row by row. */
export const rowsOf = ({ pixels, height, width }: RgbImage) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => pixels[(y * width + x) * 3]),
  );

/** 3 x 4 pixels from 1 to 12. */
export const twelve = fromRows([1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]);

/** Soft and without a pattern. */
export const photo = imageOf(9, 14, (i) => 128 + 100 * Math.sin(i * 0.37) * Math.cos(i * 0.05));
