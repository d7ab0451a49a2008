import { mul, tidy, variable, type Variable } from '@tensorflow/tfjs-core';
import { emaUpdate } from '@polytag/engine';
import { variableOf, type Parameter } from '@polytag/layers';

/**
 * Exponential moving average of a model's weights: after every step each weight and each buffer
 * e ← d·e + (1 − d)·w, from a copy of the initial model, without warm-up or bias correction
 * (docs/method.md#ema).
 */
export class WeightEma {
  readonly #decay: number;
  readonly #pairs: { readonly weight: Variable; readonly average: Variable }[];

  /**
   * @param parameters all parameters of a model, buffers too
   * @param decay d, in [0, 1): 0.9997 in the paper's COCO settings
   */
  constructor(parameters: readonly Parameter[], decay: number) {
    this.#decay = decay;
    this.#pairs = parameters.map(variableOf).map((weight) => ({ weight, average: copyOf(weight) }));
  }

  /**
   * Call it after each step of the optimiser.
   *
   * @param steps after so many at once: as if the weights had been the present ones after each. Default 1
   */
  update(steps = 1): void {
    emaUpdate(
      this.#pairs.map(({ weight, average }) => ({ average, value: weight })),
      this.#decay ** steps,
    );
  }

  /**
   * Runs `action` with the averaged weights in the model, to evaluate, save or load them. Then restores the model's own
   * weights, also after an error. Nothing is copied.
   */
  async inModel<T>(action: () => Promise<T>): Promise<T> {
    this.#swap();
    try {
      return await action();
    } finally {
      this.#swap();
    }
  }

  dispose(): void {
    for (const { average } of this.#pairs) average.dispose();
    this.#pairs.length = 0;
  }

  #swap(): void {
    for (const { weight, average } of this.#pairs) {
      const held = weight.clone();
      weight.assign(average);
      average.assign(held);
      held.dispose();
    }
  }
}

/** Not a clone: that may share the weight's buffer, and kernels update weights in place. */
function copyOf(weight: Variable): Variable {
  const values = tidy(() => mul(weight, 1));
  const copy = variable(values, false);
  values.dispose();
  return copy;
}
