import type { RandomStream } from '@polytag/core';

interface Component {
  readonly mean: number;
  readonly deviation: number;
  /** Its probability within the bounds. */
  readonly mass: number;
}

/**
 * Density of some observed values on [low, high]: a mixture, in equal parts, of a truncated normal around each value and
 * of a wide one over the whole interval. Each is as wide as the larger gap to its neighbours, within bounds that keep
 * the mixture from collapsing (Bergstra et al., "Algorithms for Hyper-Parameter Optimization", 2011; the bounds are
 * Optuna's).
 */
export class ParzenEstimator {
  readonly #low: number;
  readonly #high: number;
  readonly #components: readonly Component[];

  constructor(values: readonly number[], low: number, high: number) {
    this.#low = low;
    this.#high = high;
    const range = high - low;
    const middle = (low + high) / 2;
    const least = range / Math.min(100, 1 + values.length);
    const sorted = [...values, middle].sort((a, b) => a - b);
    const widths = sorted.map((mean, i) => {
      const gaps = [mean - (sorted[i - 1] ?? mean), (sorted[i + 1] ?? mean) - mean];
      return Math.min(Math.max(...gaps, least), range);
    });
    // The wide component takes the place that its middle has among the values.
    const prior = sorted.indexOf(middle);
    this.#components = sorted.map((mean, i) => {
      const deviation = i === prior ? range : widths[i];
      const mass = normalBelow((high - mean) / deviation) - normalBelow((low - mean) / deviation);
      return { mean, deviation, mass };
    });
  }

  density(value: number): number {
    if (value < this.#low || value > this.#high) return 0;
    const sum = this.#components.reduce((total, { mean, deviation, mass }) => {
      const z = (value - mean) / deviation;
      return total + Math.exp(-0.5 * z * z) / (deviation * Math.sqrt(2 * Math.PI) * mass);
    }, 0);
    return sum / this.#components.length;
  }

  draw(random: RandomStream): number {
    const { mean, deviation } = this.#components[random.integer(this.#components.length)];
    // Means lie in the interval and deviations do not exceed it, so at least a third of the draws do too.
    for (;;) {
      const value = mean + deviation * random.normal();
      if (value >= this.#low && value <= this.#high) return value;
    }
  }
}

/** Probability of a standard normal below z; by Abramowitz and Stegun 7.1.26, right to 2e-7. */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp(-x * x)) / 2;
  return z >= 0 ? 1 - tail : tail;
}
