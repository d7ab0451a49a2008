import { tensor, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { readValues, writeValues } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import type { BoundOptimiser } from '../optimisers/optimiser.js';
import type { ParameterGroup } from '../optimisers/parameter-groups.js';
import { sgd } from '../optimisers/sgd.js';
import type { MachinesSettings } from '../settings/machines-settings.js';
import { valuesIn, type ParametersOfModels } from './share-files.js';

/**
 * The optimiser of the outer step: SGD with Nesterov momentum in PyTorch's form (Douillard et al., 2023, algorithm 1),
 * v ← μ·v + Δ, w ← w − η·(Δ + μ·v). All parameters alike: weight decay and rate factors are for the steps of the shares.
 */
export const outerOptimiser = (
  { outerMomentum }: MachinesSettings,
  groups: readonly ParameterGroup[],
): BoundOptimiser =>
  sgd({ momentum: outerMomentum, nesterov: true }).bind(
    groups.map((group) => ({ ...group, weightDecay: 0, learningRateFactor: 1 })),
  );

/** The mean of the shares' weights, each by its images: summed in float64, in the order of the shares. */
export class ShareMean {
  readonly #sums: readonly Float64Array[];
  #images = 0;

  constructor(private readonly models: ParametersOfModels) {
    this.#sums = models.flat().map((parameter) => new Float64Array(variableOf(parameter).size));
  }

  /** @param bytes `weightsFile` of a share */
  add(bytes: Uint8Array, images: number): void {
    this.#images += images;
    valuesIn(bytes, this.models).forEach((values, i) => {
      const sum = this.#sums[i];
      values.forEach((value, at) => (sum[at] += images * value));
    });
  }

  /** In the order of the parameters. */
  values(): Float64Array[] {
    return this.#sums.map((sum) => sum.map((value) => value / this.#images));
  }
}

/**
 * Moves the common weights by the outer gradient Δ = w − mean of the shares' weights; running statistics become their mean.
 *
 * @param outer one for each model: see `outerOptimiser`
 * @param rate η
 */
export async function outerStep(
  models: ParametersOfModels,
  mean: ShareMean,
  outer: readonly BoundOptimiser[],
  rate: number,
): Promise<void> {
  const means = mean.values();
  const gradients = new Map<Variable, Tensor>();
  try {
    models.flat().forEach((parameter, i) => {
      const variable = variableOf(parameter);
      if (parameter.buffer) return writeValues(variable, Float32Array.from(means[i]));
      const values = new Float32Array(variable.size);
      readValues(variable, values);
      const gradient = Float32Array.from(values, (value, at) => value - means[i][at]);
      gradients.set(variable, tensor(gradient, variable.shape, 'float32'));
    });
    // Each takes those of its own parameters.
    for (const optimiser of outer) await optimiser.apply(0, gradients, { learningRate: rate });
  } finally {
    gradients.forEach((gradient) => gradient.dispose());
  }
}
