import { abs, add, mul, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { squaredNorm } from '@polytag/engine';
import { variableOf } from '../groups/parameter-groups.js';
import type { Optimiser } from './optimiser.js';

export interface SamOptions {
  /** Radius of the neighbourhood. Default 0.05. */
  readonly rho?: number;
  /** Scale the neighbourhood by the size of each weight (ASAM, Kwon et al., 2021). Default false. */
  readonly adaptive?: boolean;
}

/**
 * Sharpness-aware minimisation around any optimiser (Foret et al., 2021; method section 4.3). The first
 * gradient g climbs: w ← w + ρ·g/(‖g‖ + 1e-12), one norm over all parameters (adaptive: w²·g in place of g,
 * and the norm of |w|·g). The second, taken there, is handed to the base optimiser at the old weights, so
 * weight decay sees the old weights.
 *
 * A gradient that is not finite ends the step: `trainStep` abandons it, and the weights go back to where it began,
 * also from the second pass. (The authors' code leaves them at the climbed place then, which nothing later undoes.)
 */
export function sam(base: Optimiser, { rho = 0.05, adaptive = false }: SamOptions = {}): Optimiser {
  return {
    name: `sam(${base.name})`,
    bind(groups) {
      const inner = base.bind(groups);
      const weights = groups.flatMap((group) => group.parameters.map(variableOf));
      const before = new Map<Variable, Tensor>();

      const goBack = () => {
        for (const [weight, old] of before) {
          weight.assign(old);
          old.dispose();
        }
        before.clear();
      };
      return {
        groups,
        passes: 1 + inner.passes,
        async apply(pass, gradients, rates) {
          if (pass > 0) {
            goBack();
            await inner.apply(pass - 1, gradients, rates);
            return;
          }
          const moved = weights.filter((weight) => gradients.has(weight));
          const scaled = moved.map((weight) => {
            const gradient = gradients.get(weight)!;
            return adaptive ? tidy(() => mul(abs(weight), gradient)) : gradient;
          });
          const factor = rho / (Math.sqrt(await squaredNorm(scaled)) + 1e-12);
          moved.forEach((weight, i) => {
            before.set(weight, weight.clone());
            const climbed = tidy(() => {
              const step = adaptive ? mul(abs(weight), scaled[i]) : scaled[i];
              return add(weight, mul(step, factor));
            });
            weight.assign(climbed);
            climbed.dispose();
          });
          if (adaptive) scaled.forEach((tensor) => tensor.dispose());
        },
        abandon() {
          goBack();
          inner.abandon();
        },
        snapshot: () => inner.snapshot(),
        restore: (snapshot) => inner.restore(snapshot),
        dispose() {
          goBack();
          inner.dispose();
        },
      };
    },
  };
}
