import { EDGE, type Thumbnail } from './thumbnail.js';

/** Part of a picture: its edges, in fractions of width and height from the top left. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const windowOf = (left: number, top: number, right: number, bottom: number): Window => ({
  left,
  top,
  right,
  bottom,
});

/**
 * What is hashed of a picture: all of it, then what a crop may have left. A crop is found where its hash is near to
 * that of one of these windows of the picture it was cut from.
 */
export const HASH_WINDOWS: readonly Window[] = [
  windowOf(0, 0, 1, 1),
  windowOf(0.02, 0.02, 0.98, 0.98),
  windowOf(0.04, 0.04, 0.96, 0.96),
  windowOf(0, 0, 0.96, 0.96),
  windowOf(0.04, 0, 1, 0.96),
  windowOf(0, 0.04, 0.96, 1),
  windowOf(0.04, 0.04, 1, 1),
];

/** Side of the grid that is transformed. */
const GRID = 32;
/** Frequencies that count, in each direction. */
const KEPT = 8;
/** [KEPT + 1, GRID]: cosines of the discrete cosine transform. */
const COSINES = Float64Array.from({ length: (KEPT + 1) * GRID }, (_, i) =>
  Math.cos(((2 * (i % GRID) + 1) * Math.floor(i / GRID) * Math.PI) / (2 * GRID)),
);

/**
 * A 64-bit hash for each of {@link HASH_WINDOWS} (docs/method.md#perceptual-hash): the signs of the 64 lowest
 * frequencies of the discrete cosine transform, the mean left out. Copies of other sizes or compression differ in a few
 * bits.
 *
 * @returns [windows, 2]: two 32-bit halves each
 */
export function perceptualHashes({ luminance }: Thumbnail): Int32Array {
  const hashes = new Int32Array(2 * HASH_WINDOWS.length);
  const grid = new Float64Array(GRID * GRID);
  const rows = new Float64Array((KEPT + 1) * GRID);
  HASH_WINDOWS.forEach((window, w) => {
    sampleWindow(luminance, window, grid);
    for (let u = 0; u <= KEPT; u++) {
      for (let y = 0; y < GRID; y++) {
        let sum = 0;
        for (let x = 0; x < GRID; x++) sum += COSINES[u * GRID + x] * grid[y * GRID + x];
        rows[u * GRID + y] = sum;
      }
    }
    for (let bit = 0; bit < KEPT * KEPT; bit++) {
      // The place of the mean is taken by the next frequency across.
      const [u, v] = bit === 0 ? [KEPT, 0] : [bit % KEPT, Math.floor(bit / KEPT)];
      let sum = 0;
      for (let y = 0; y < GRID; y++) sum += COSINES[v * GRID + y] * rows[u * GRID + y];
      if (sum > 0) hashes[2 * w + (bit >> 5)] |= 1 << (bit & 31);
    }
  });
  return hashes;
}

/** Bilinear samples of a window, each the mean of four points. */
function sampleWindow(luminance: Uint8Array, window: Window, grid: Float64Array): void {
  const columns = positions(window.left, window.right);
  const rows = positions(window.top, window.bottom);
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      let sum = 0;
      for (let j = 2 * y; j < 2 * y + 2; j++) {
        for (let i = 2 * x; i < 2 * x + 2; i++) sum += sampleAt(luminance, columns[i], rows[j]);
      }
      grid[y * GRID + x] = sum / 4;
    }
  }
}

const positions = (from: number, to: number): Float64Array =>
  Float64Array.from({ length: 2 * GRID }, (_, i) =>
    Math.min(EDGE - 1, Math.max(0, (from + ((to - from) * (i + 0.5)) / (2 * GRID)) * EDGE - 0.5)),
  );

function sampleAt(luminance: Uint8Array, x: number, y: number): number {
  const column = Math.min(EDGE - 2, Math.floor(x));
  const row = Math.min(EDGE - 2, Math.floor(y));
  const o = row * EDGE + column;
  const upper = luminance[o] + (luminance[o + 1] - luminance[o]) * (x - column);
  const lower = luminance[o + EDGE] + (luminance[o + EDGE + 1] - luminance[o + EDGE]) * (x - column);
  return upper + (lower - upper) * (y - row);
}
