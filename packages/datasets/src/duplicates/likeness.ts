import { align, pyramidOf, type Alignment } from './alignment.js';
import { CHROMA_EDGE, EDGE, type Thumbnail } from './thumbnail.js';

/** How alike two aligned pictures are. */
export interface Likeness {
  /** Correlation of their details: what is left of the brightness without its local mean. */
  readonly detail: number;
  /** The same in the part where it is least, of 4 x 4. */
  readonly worstPart: number;
  /** Mean difference of their colours, 0 to 255. */
  readonly colour: number;
}

/** Of the picture so much must be in both. */
const LEAST_OVERLAP = 0.6;
/** Variance of details that rounding and compression make: parts of the sky have no details. */
const PART_NOISE = 4;
const NOISE = 0.1;
const PARTS = 4;
/** Pixels on either side that a detail is told from. */
const REACH = 2;

/** @returns undefined where no alignment near `start` makes them the same */
export function likeness(first: Thumbnail, second: Thumbnail, start: Alignment): Likeness | undefined {
  const [one, other] = [pyramidOf(first.luminance), pyramidOf(second.luminance)];
  const alignment = align(one, other, start);
  if (!alignment) return undefined;
  const aligned = resampled(other[other.length - 1], alignment);
  const [details, otherDetails] = [detailsOf(one[one.length - 1]), detailsOf(aligned)];
  const parts = Array.from({ length: PARTS * PARTS }, () => new Sums());
  const all = new Sums();
  for (let y = 0; y < EDGE; y++) {
    for (let x = 0; x < EDGE; x++) {
      const [a, b] = [details[y * EDGE + x], otherDetails[y * EDGE + x]];
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      all.add(a, b);
      parts[Math.floor((y * PARTS) / EDGE) * PARTS + Math.floor((x * PARTS) / EDGE)].add(a, b);
    }
  }
  if (all.count < LEAST_OVERLAP * EDGE * EDGE) return undefined;
  const least = (0.25 * EDGE * EDGE) / parts.length;
  const worstPart = Math.min(
    ...parts.filter(({ count }) => count > least).map((part) => part.agreement(PART_NOISE)),
  );
  return { detail: all.correlation(NOISE), worstPart, colour: colourDifference(first, second) };
}

class Sums {
  count = 0;
  #first = 0;
  #second = 0;
  #products = 0;

  add(a: number, b: number): void {
    this.count++;
    this.#first += a * a;
    this.#second += b * b;
    this.#products += a * b;
  }

  correlation(noise: number): number {
    const added = noise * this.count;
    return this.#products / Math.sqrt((this.#first + added) * (this.#second + added));
  }

  /** As the correlation, but 1 where both have less than the noise, and less where one has more details than the other. */
  agreement(noise: number): number {
    const added = noise * this.count;
    return (2 * this.#products + added) / (this.#first + this.#second + added);
  }
}

/** A thumbnail as the other sees it; NaN outside of it. */
function resampled(plane: Float32Array, { scaleX, scaleY, shiftX, shiftY }: Alignment): Float32Array {
  const out = new Float32Array(EDGE * EDGE).fill(NaN);
  for (let y = 0; y < EDGE; y++) {
    const atY = ((scaleY * ((2 * y + 1) / EDGE - 1) + shiftY + 1) * EDGE - 1) / 2;
    if (atY < 0 || atY > EDGE - 1) continue;
    const row = Math.min(Math.floor(atY), EDGE - 2);
    for (let x = 0; x < EDGE; x++) {
      const atX = ((scaleX * ((2 * x + 1) / EDGE - 1) + shiftX + 1) * EDGE - 1) / 2;
      if (atX < 0 || atX > EDGE - 1) continue;
      const column = Math.min(Math.floor(atX), EDGE - 2);
      const o = row * EDGE + column;
      const upper = plane[o] + (plane[o + 1] - plane[o]) * (atX - column);
      const lower = plane[o + EDGE] + (plane[o + EDGE + 1] - plane[o + EDGE]) * (atX - column);
      out[y * EDGE + x] = upper + (lower - upper) * (atY - row);
    }
  }
  return out;
}

/** Binomial mean of 3 x 3 pixels without the mean of 5 x 5; NaN at the border. */
function detailsOf(plane: Float32Array): Float32Array {
  const fine = filtered(plane, [1 / 4, 1 / 2, 1 / 4]);
  const coarse = filtered(plane, [1 / 5, 1 / 5, 1 / 5, 1 / 5, 1 / 5]);
  return fine.map((value, i) => value - coarse[i]);
}

function filtered(plane: Float32Array, weights: readonly number[]): Float32Array {
  const reach = (weights.length - 1) / 2;
  const rows = new Float32Array(plane.length).fill(NaN);
  const out = new Float32Array(plane.length).fill(NaN);
  for (let y = 0; y < EDGE; y++) {
    for (let x = REACH; x < EDGE - REACH; x++) {
      let sum = 0;
      for (let i = -reach; i <= reach; i++) sum += weights[i + reach] * plane[y * EDGE + x + i];
      rows[y * EDGE + x] = sum;
    }
  }
  for (let y = REACH; y < EDGE - REACH; y++) {
    for (let x = REACH; x < EDGE - REACH; x++) {
      let sum = 0;
      for (let i = -reach; i <= reach; i++) sum += weights[i + reach] * rows[(y + i) * EDGE + x];
      out[y * EDGE + x] = sum;
    }
  }
  return out;
}

function colourDifference({ chroma: first }: Thumbnail, { chroma: second }: Thumbnail): number {
  let sum = 0;
  for (let i = 0; i < first.length; i++) sum += Math.abs(first[i] - second[i]);
  return sum / (2 * CHROMA_EDGE * CHROMA_EDGE);
}
