// Looked up once: in a sandbox, as Jest's, each look-up of a global is slow.
const { exp, max, min } = Math;

/** No weight moves further in one step: far from the solution its curvature promises too much. */
const LONGEST_STEP = 2;

export interface LogisticTerm {
  /** Rows that the term is added to, and those of them that its weight is learned from. */
  readonly rows: Uint32Array;
  readonly learned: Uint32Array;
  /** What the weight is multiplied with, by row. Default: 1. */
  readonly values?: Float64Array;
  /** Of the normal prior that draws the weight to 0. */
  readonly precision: number;
}

export const sigmoid = (logit: number): number => 1 / (1 + exp(-logit));

/**
 * Logistic regression from given logits on: terms are added whose weights maximise the likelihood of targets and the
 * priors of the weights, one weight after the other with Newton steps (coordinate descent, Genkin, Lewis and Madigan,
 * "Large-Scale Bayesian Logistic Regression for Text Categorization", 2007).
 */
export class LogisticFit {
  /** With all terms. */
  readonly logits: Float64Array;
  readonly #targets: Uint8Array;
  readonly #terms: { readonly term: LogisticTerm; weight: number }[];

  /** @param targets 0 or 1, of the rows that are learned from */
  constructor(logits: Float64Array, targets: Uint8Array, terms: readonly LogisticTerm[]) {
    this.logits = logits.slice();
    this.#targets = targets;
    this.#terms = terms.map((term) => ({ term, weight: 0 }));
  }

  /** Passes over all weights. */
  run(sweeps: number): this {
    for (let sweep = 0; sweep < sweeps; sweep++) for (const entry of this.#terms) this.#step(entry);
    return this;
  }

  #step(entry: { readonly term: LogisticTerm; weight: number }): void {
    const { logits } = this;
    const targets = this.#targets;
    const { rows, learned, values, precision } = entry.term;
    if (learned.length === 0) return;
    let gradient = precision * entry.weight;
    let curvature = precision;
    for (const row of learned) {
      const x = values ? values[row] : 1;
      const q = sigmoid(logits[row]);
      gradient += (q - targets[row]) * x;
      curvature += q * (1 - q) * x * x;
    }
    const step = max(-LONGEST_STEP, min(LONGEST_STEP, -gradient / curvature));
    entry.weight += step;
    for (const row of rows) logits[row] += values ? step * values[row] : step;
  }
}
