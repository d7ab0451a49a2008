import { reshape, tensor2d, tidy, tile, type Tensor3D } from '@tensorflow/tfjs-core';
import { matMul } from '@polytag/ops';

/**
 * Rules to interpolate a position table from n to m cells per side (docs/method.md#vit-positions). `offset`: DINOv2's
 * models without registers, with scale (m + 0.1)/n; `antialias`: DINOv2's models with registers, and timm; `size`:
 * transformers.
 */
export const POSITION_RULES = ['offset', 'antialias', 'size'] as const;
export type PositionRule = (typeof POSITION_RULES)[number];

/** Of the cubic kernel: PyTorch's without antialiasing, and with it. */
const PLAIN = -0.75;
const ANTIALIASED = -0.5;
/** What `offset` adds to the target size. */
const OFFSET = 0.1;

/** The cubic convolution kernel at a distance of at least 0 (Keys, 1981). */
function cubic(d: number, a: number): number {
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
}

/**
 * What each source cell counts in each target cell, along one axis.
 *
 * @returns [target, source], row by row, computed in double precision
 */
export function interpolationMatrix(source: number, target: number, rule: PositionRule): Float32Array {
  const weights = new Float64Array(source * target);
  for (let i = 0; i < target; i++) {
    const row = weights.subarray(i * source, (i + 1) * source);
    if (rule === 'antialias') antialiasedRow(row, i, source / target);
    else plainRow(row, i, source / (target + (rule === 'offset' ? OFFSET : 0)));
  }
  return Float32Array.from(weights);
}

/** Four taps; those beyond the border count for the cell at the border. */
function plainRow(row: Float64Array, i: number, scale: number): void {
  const centre = (i + 0.5) * scale - 0.5;
  const first = Math.floor(centre);
  for (let tap = -1; tap <= 2; tap++) {
    const cell = Math.min(Math.max(first + tap, 0), row.length - 1);
    row[cell] += cubic(Math.abs(first + tap - centre), PLAIN);
  }
}

/** The kernel is stretched where the table shrinks, cut at the border, and made to sum to 1. */
function antialiasedRow(row: Float64Array, i: number, scale: number): void {
  const stretch = Math.max(scale, 1);
  const centre = (i + 0.5) * scale;
  const from = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
  const to = Math.min(Math.trunc(centre + 2 * stretch + 0.5), row.length);
  let sum = 0;
  for (let cell = from; cell < to; cell++) {
    row[cell] = cubic(Math.abs((cell - centre + 0.5) / stretch), ANTIALIASED);
    sum += row[cell];
  }
  for (let cell = from; cell < to; cell++) row[cell] /= sum;
}

/**
 * Interpolates a square position table to another grid: first its rows, then its columns. A table of exactly that grid
 * is returned unchanged; one with as many cells in another shape is not.
 *
 * @param table [1, side², D], row by row
 * @returns [1, height·width, D]
 */
export function interpolatePositions(
  table: Tensor3D,
  [height, width]: readonly [number, number],
  rule: PositionRule,
): Tensor3D {
  const [, cells, features] = table.shape;
  const side = Math.round(Math.sqrt(cells));
  if (height === side && width === side) return table.clone();
  return tidy(() => {
    const down = tensor2d(interpolationMatrix(side, height, rule), [height, side]);
    const rows = reshape(matMul(down, reshape(table, [side, side * features])), [height, side, features]);
    const across = tile(
      reshape(tensor2d(interpolationMatrix(side, width, rule), [width, side]), [1, width, side]),
      [height, 1, 1],
    );
    return reshape(matMul(across, rows), [1, height * width, features]) as Tensor3D;
  });
}
