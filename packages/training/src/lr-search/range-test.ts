import type { RangePoint } from '../run-folder/search-record.js';

export interface RangeTestOptions {
  readonly startRate: number;
  readonly endRate: number;
  /** Batches of the test: those of one epoch. At least 2. */
  readonly steps: number;
  /** Weight of the newest loss in the smoothed one. Default 0.01. */
  readonly smoothing?: number;
  /** The test ends when the smoothed loss exceeds this times its least value. Default 5. */
  readonly divergence?: number;
  /** Points that are passed over at the start, while the smoothed loss is settling. Default 10. */
  readonly skipStart?: number;
  /** Points that are passed over at the end, where training falls apart. Default 5. */
  readonly skipEnd?: number;
}

/**
 * Learning-rate range test (Smith, 2017; in fast.ai's form, docs/method.md#range-test). The learning rate grows
 * exponentially from batch to batch; the suggestion is the rate at which the smoothed loss falls fastest.
 */
export class RangeTest {
  readonly #options: Required<RangeTestOptions>;
  readonly #points: RangePoint[] = [];
  #least = Infinity;
  #diverged = false;

  constructor(options: RangeTestOptions) {
    this.#options = { smoothing: 0.01, divergence: 5, skipStart: 10, skipEnd: 5, ...options };
  }

  get points(): readonly RangePoint[] {
    return this.#points;
  }

  /** Learning rate of the next step. */
  get learningRate(): number {
    const { startRate, endRate, steps } = this.#options;
    return startRate * (endRate / startRate) ** (this.#points.length / (steps - 1));
  }

  /** Whether all steps are done, or the loss has grown too much. */
  get finished(): boolean {
    return this.#diverged || this.#points.length >= this.#options.steps;
  }

  /** Adds the loss of the step at `learningRate`. A loss that is not finite ends the test and is not recorded. */
  add(loss: number): void {
    if (!Number.isFinite(loss)) {
      this.#diverged = true;
      return;
    }
    const { smoothing, divergence } = this.#options;
    const before = this.#points.at(-1);
    const smoothed = before ? smoothing * loss + (1 - smoothing) * before.smoothed : loss;
    this.#points.push({ learningRate: this.learningRate, loss, smoothed });
    this.#least = Math.min(this.#least, smoothed);
    this.#diverged = smoothed > divergence * this.#least;
  }

  /** The point where the smoothed loss falls fastest; undefined if there are too few points. */
  get suggestion(): RangePoint | undefined {
    const { skipStart, skipEnd } = this.#options;
    const kept = this.#points.slice(skipStart, this.#points.length - skipEnd);
    if (kept.length < 2) return undefined;
    const slopes = gradient(kept.map(({ smoothed }) => smoothed));
    return kept[slopes.indexOf(Math.min(...slopes))];
  }
}

/** Central differences, one-sided at both ends. */
function gradient(values: readonly number[]): number[] {
  const last = values.length - 1;
  return values.map((_, i) => {
    const [from, to] = [Math.max(i - 1, 0), Math.min(i + 1, last)];
    return (values[to] - values[from]) / (to - from);
  });
}
