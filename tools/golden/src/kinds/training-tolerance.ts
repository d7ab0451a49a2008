import type { GoldenCase } from '../fixtures.js';

export type Tolerance = { relative?: number; absolute?: number };

export const toleranceOf = (golden: GoldenCase): Tolerance => ({
  relative: golden['tolerance'].rel,
  absolute: golden['tolerance'].abs,
});

/** float64 numbers: learning rates and momenta, where a case has no tolerance of its own for them. */
export const EXACT: Tolerance = { relative: 1e-9 };
