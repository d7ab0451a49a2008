/** Learning rates that a search may choose from: all in [min, max], or min, min + step, … up to max. */
export interface SearchSpace {
  readonly min: number;
  readonly max: number;
  /** Absent: any rate in the interval. Linear, as the authors'. */
  readonly step?: number;
}

/** The rates of a space with a step; undefined for an interval. */
export function ratesOf({ min, max, step }: SearchSpace): number[] | undefined {
  if (step === undefined) return undefined;
  // A little more than whole, so that 0.3 is a multiple of 0.1.
  const last = Math.floor((max - min) / step + 1e-9);
  // Multiples of 0.00001 have no exact float: 12 digits are what a person would write.
  return Array.from({ length: last + 1 }, (_, i) => Number((min + i * step).toPrecision(12)));
}

/** The nearest rate of a space. */
export function snap(space: SearchSpace, rate: number): number {
  const { min, max, step } = space;
  const inside = Math.min(Math.max(rate, min), max);
  if (step === undefined) return inside;
  const last = Math.floor((max - min) / step + 1e-9);
  const index = Math.min(Math.round((inside - min) / step), last);
  return Number((min + index * step).toPrecision(12));
}

/** Where densities live: each rate of a grid owns half a step on both sides. */
export function support({ min, max, step = 0 }: SearchSpace): {
  readonly low: number;
  readonly high: number;
} {
  return { low: min - step / 2, high: max + step / 2 };
}
