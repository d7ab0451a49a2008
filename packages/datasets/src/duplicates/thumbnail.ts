import type { RgbImage } from '../images/decode-image.js';

/** What duplicates are told by: a picture squeezed into a square, in brightness and, coarser, in colour. */
export interface Thumbnail {
  /** [64, 64], 0 to 255: 0.299 R + 0.587 G + 0.114 B. */
  readonly luminance: Uint8Array;
  /** [8, 8, 2], 128 for grey: Cb and Cr of JFIF. */
  readonly chroma: Uint8Array;
}

/** Width and height of the brightness of a {@link Thumbnail}. */
export const EDGE = 64;
/** Width and height of its colour. */
export const CHROMA_EDGE = 8;

/**
 * Squeezes a picture into a thumbnail, whatever its aspect ratio, so that a copy of another size or another ratio has
 * the same one. Pixels are weighted by a triangle that spans two cells of the thumbnail (two pixels, where those are
 * larger), so that nothing is aliased.
 */
export function thumbnailOf(image: RgbImage): Thumbnail {
  const { values, height, width } = shrunk(image);
  const [y, cb, cr] = [0, 1, 2].map(() => new Float32Array(height * width));
  for (let i = 0; i < y.length; i++) {
    const [r, g, b] = [values[3 * i], values[3 * i + 1], values[3 * i + 2]];
    y[i] = 0.299 * r + 0.587 * g + 0.114 * b;
    cb[i] = 128 + 0.564 * (b - y[i]);
    cr[i] = 128 + 0.713 * (r - y[i]);
  }
  const luminance = Uint8Array.from(squeezed(y, height, width, EDGE), Math.round);
  const [blue, red] = [cb, cr].map((plane) => squeezed(plane, height, width, CHROMA_EDGE));
  const chroma = Uint8Array.from({ length: 2 * blue.length }, (_, i) =>
    Math.min(255, Math.round((i % 2 ? red : blue)[i >> 1])),
  );
  return { luminance, chroma };
}

interface Planes {
  /** [height, width, 3] */
  readonly values: Uint8Array | Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Means of whole pixels, as many as leave twice the edge: what follows then costs the same for any size. */
function shrunk({ pixels, height, width }: RgbImage): Planes {
  const across = Math.max(1, Math.floor(width / (2 * EDGE)));
  const down = Math.max(1, Math.floor(height / (2 * EDGE)));
  if (across === 1 && down === 1) return { values: pixels, height, width };
  // What is left over at the right and at the bottom belongs to the last mean.
  const [columns, rows] = [Math.floor(width / across), Math.floor(height / down)];
  const values = new Float32Array(rows * columns * 3);
  const counts = new Float32Array(rows * columns);
  for (let y = 0; y < height; y++) {
    const row = Math.min(rows - 1, Math.floor(y / down)) * columns;
    for (let column = 0; column < columns; column++) {
      const first = column * across;
      const last = column === columns - 1 ? width : first + across;
      let [r, g, b] = [0, 0, 0];
      for (let i = (y * width + first) * 3; i < (y * width + last) * 3; i += 3) {
        r += pixels[i];
        g += pixels[i + 1];
        b += pixels[i + 2];
      }
      const o = 3 * (row + column);
      values[o] += r;
      values[o + 1] += g;
      values[o + 2] += b;
      counts[row + column] += last - first;
    }
  }
  for (let i = 0; i < values.length; i++) values[i] /= counts[Math.floor(i / 3)];
  return { values, height: rows, width: columns };
}

/** A plane as edge x edge values. */
function squeezed(plane: Float32Array, height: number, width: number, edge: number): Float32Array {
  const [columns, rows] = [cells(width, edge), cells(height, edge)];
  const narrow = new Float32Array(height * edge);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < edge; x++) {
      const { first, weights } = columns[x];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * plane[y * width + first + i];
      narrow[y * edge + x] = sum;
    }
  }
  const out = new Float32Array(edge * edge);
  for (let y = 0; y < edge; y++) {
    const { first, weights } = rows[y];
    for (let i = 0; i < weights.length; i++) {
      for (let x = 0; x < edge; x++) out[y * edge + x] += weights[i] * narrow[(first + i) * edge + x];
    }
  }
  return out;
}

interface Cell {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For each cell along an edge the pixels that it is made of, with weights that sum to 1. */
function cells(pixels: number, edge: number): readonly Cell[] {
  const step = pixels / edge;
  const reach = Math.max(1, step);
  return Array.from({ length: edge }, (_, cell) => {
    const centre = (cell + 0.5) * step - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(pixels - 1, Math.floor(centre + reach));
    const weights: number[] = [];
    for (let i = first; i <= last; i++) weights.push(Math.max(0, 1 - Math.abs(i - centre) / reach));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    // Between the border and the centre of the first pixel there is that pixel alone.
    if (sum === 0) return { first: Math.min(pixels - 1, Math.max(0, Math.round(centre))), weights: [1] };
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
