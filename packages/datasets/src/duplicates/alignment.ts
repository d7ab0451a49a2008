import { EDGE } from './thumbnail.js';
import type { Window } from './perceptual-hash.js';

/**
 * Where a point of one thumbnail is in another: both axes run from -1 to 1 between the edges of the picture, and
 * x' = scaleX·x + shiftX.
 */
export interface Alignment {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly shiftX: number;
  readonly shiftY: number;
}

/** From a picture to what shows a window of it alone. */
export function intoWindow({ left, top, right, bottom }: Window): Alignment {
  const [width, height] = [right - left, bottom - top];
  return {
    scaleX: 1 / width,
    scaleY: 1 / height,
    shiftX: (1 - left - right) / width,
    shiftY: (1 - top - bottom) / height,
  };
}

/** The brightness of a thumbnail at 16, 32 and 64 pixels. */
export type Pyramid = readonly Float32Array[];

export function pyramidOf(luminance: Uint8Array): Pyramid {
  const full = Float32Array.from(luminance);
  const half = halved(full, EDGE);
  return [halved(half, EDGE / 2), half, full];
}

function halved(plane: Float32Array, edge: number): Float32Array {
  const half = edge / 2;
  return Float32Array.from({ length: half * half }, (_, i) => {
    const o = 2 * Math.floor(i / half) * edge + 2 * (i % half);
    return (plane[o] + plane[o + 1] + plane[o + edge] + plane[o + edge + 1]) / 4;
  });
}

/** Steps of each level of the pyramid. */
const STEPS = [8, 6, 4];
/** Two pictures that correlate less once they are aligned coarsely are not the same. */
const LEAST_CORRELATION = 0.8;
/** A crop that leaves less than about three quarters of an edge is not looked for. */
const MOST_CHANGE = 0.3;
/** A hundredth of a pixel of the thumbnail. */
const SETTLED = 3e-4;

/**
 * Aligns one thumbnail to another: the two scales and shifts that leave the least squared difference, with a factor and
 * an offset of brightness free, by Gauss-Newton steps from coarse to fine (Lucas and Kanade, 1981).
 *
 * @param start where to begin
 * @returns where points of `first` are in `second`; undefined where the two are found to be different
 */
export function align(first: Pyramid, second: Pyramid, start: Alignment): Alignment | undefined {
  const unknowns = [start.scaleX - 1, start.scaleY - 1, start.shiftX, start.shiftY, 1, 0];
  for (let level = 0; level < STEPS.length; level++) {
    for (let step = 0; step < STEPS[level]; step++) {
      const { change, correlation } = gaussNewtonStep(first[level], second[level], unknowns);
      if (!change) return undefined;
      for (let i = 0; i < unknowns.length; i++) unknowns[i] += change[i];
      if (unknowns.slice(0, 4).some((value) => !(Math.abs(value) < MOST_CHANGE))) return undefined;
      const isSettled = change.slice(0, 4).every((value) => Math.abs(value) < SETTLED);
      if (!isSettled && step < STEPS[level] - 1) continue;
      if (correlation < LEAST_CORRELATION) return undefined;
      break;
    }
  }
  const [scaleX, scaleY, shiftX, shiftY] = unknowns;
  return { scaleX: 1 + scaleX, scaleY: 1 + scaleY, shiftX, shiftY };
}

const UNKNOWNS = 6;

/** One step, and how the two correlate before it. */
function gaussNewtonStep(
  first: Float32Array,
  second: Float32Array,
  [growX, growY, shiftX, shiftY, factor, offset]: readonly number[],
): { readonly change?: Float64Array; readonly correlation: number } {
  const edge = Math.sqrt(first.length);
  const matrix = new Float64Array(UNKNOWNS * UNKNOWNS);
  const right = new Float64Array(UNKNOWNS);
  const slope = new Float64Array(UNKNOWNS);
  const last = edge - 1;
  let [count, sumFirst, sumSecond, squaresFirst, squaresSecond, products] = [0, 0, 0, 0, 0, 0];
  for (let y = 0; y < edge; y++) {
    const v = (2 * y + 1) / edge - 1;
    const atY = (((1 + growY) * v + shiftY + 1) * edge - 1) / 2;
    if (atY < 0 || atY > last) continue;
    const row = Math.min(Math.floor(atY), last - 1);
    const down = atY - row;
    for (let x = 0; x < edge; x++) {
      const u = (2 * x + 1) / edge - 1;
      const atX = (((1 + growX) * u + shiftX + 1) * edge - 1) / 2;
      if (atX < 0 || atX > last) continue;
      const column = Math.min(Math.floor(atX), last - 1);
      const across = atX - column;
      const o = row * edge + column;
      const upperStep = second[o + 1] - second[o];
      const lowerStep = second[o + edge + 1] - second[o + edge];
      const upper = second[o] + upperStep * across;
      const lower = second[o + edge] + lowerStep * across;
      const value = upper + (lower - upper) * down;
      const slopeX = ((upperStep + (lowerStep - upperStep) * down) * edge) / 2;
      const slopeY = ((lower - upper) * edge) / 2;
      const reference = first[y * edge + x];
      const error = value - factor * reference - offset;
      slope[0] = slopeX * u;
      slope[1] = slopeY * v;
      slope[2] = slopeX;
      slope[3] = slopeY;
      slope[4] = -reference;
      slope[5] = -1;
      for (let i = 0; i < UNKNOWNS; i++) {
        right[i] -= slope[i] * error;
        for (let j = i; j < UNKNOWNS; j++) matrix[i * UNKNOWNS + j] += slope[i] * slope[j];
      }
      count++;
      sumFirst += reference;
      sumSecond += value;
      squaresFirst += reference * reference;
      squaresSecond += value * value;
      products += reference * value;
    }
  }
  const spread =
    (squaresFirst - (sumFirst * sumFirst) / count) * (squaresSecond - (sumSecond * sumSecond) / count);
  const correlation = (products - (sumFirst * sumSecond) / count) / Math.sqrt(spread);
  return { change: solved(matrix, right), correlation };
}

/** Solves a symmetric system, of which the upper triangle is given, by Cholesky's method; undefined where it is singular. */
function solved(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const n = right.length;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = matrix[i * n + j] * (i === j ? 1 + 1e-9 : 1);
      for (let k = 0; k < i; k++) sum -= matrix[k * n + i] * matrix[k * n + j];
      if (i === j) {
        if (!(sum > 0)) return undefined;
        matrix[i * n + i] = Math.sqrt(sum);
      } else matrix[i * n + j] = sum / matrix[i * n + i];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) right[i] -= matrix[k * n + i] * right[k];
    right[i] /= matrix[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) right[i] -= matrix[i * n + k] * right[k];
    right[i] /= matrix[i * n + i];
  }
  return right;
}
