import { tidy, variable, zerosLike, type Variable } from '@tensorflow/tfjs-core';
import { ascend, exchangeValues, squaredNorm } from '@polytag/engine';
import { SAM_DEFAULTS } from './defaults.js';
import type { Optimiser } from './optimiser.js';
import { learnedWeights } from './parameter-update.js';

export interface SamOptions {
  /** Radius of the neighbourhood. Default 0.05. */
  readonly rho?: number;
  /** Scale the neighbourhood by the size of each weight (ASAM, Kwon et al., 2021). Default false. */
  readonly adaptive?: boolean;
}

/**
 * Sharpness-aware minimisation around any optimiser (Foret et al., 2021; docs/method.md#sam). The first gradient g
 * climbs: w ← w + ρ·g/(‖g‖ + 1e-12), with one norm over all parameters (adaptive: w²·g in place of g, and the norm of
 * |w|·g). The second gradient, computed there, goes to the base optimiser at the old weights, so weight decay acts on
 * the old weights.
 *
 * If a gradient is not finite, `trainStep` abandons the step, and the weights return to where it began, even from the
 * second pass.
 */
export function sam(base: Optimiser, options: SamOptions = {}): Optimiser {
  const { rho = SAM_DEFAULTS.rho, adaptive = SAM_DEFAULTS.adaptive } = options;
  return {
    name: `sam(${base.name})`,
    bind(groups) {
      const inner = base.bind(groups);
      // Made by the first ascent, and kept: between steps they hold nothing that counts.
      const places = new Map<Variable, Variable>();
      let climbed: readonly (readonly [Variable, Variable])[] = [];

      const placeOf = (weight: Variable): Variable => {
        const place = places.get(weight) ?? tidy(() => variable(zerosLike(weight), false));
        places.set(weight, place);
        return place;
      };
      const goBack = () => {
        exchangeValues(climbed);
        climbed = [];
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
          const moved = learnedWeights(groups, gradients);
          const norm = await squaredNorm(
            moved.map(({ gradient }) => gradient),
            adaptive ? moved.map(({ weight }) => weight) : undefined,
          );
          const ascending = moved.map(({ weight, gradient }) => ({
            weight,
            gradient,
            before: placeOf(weight),
          }));
          ascend(ascending, rho / (Math.sqrt(norm) + 1e-12), { adaptive });
          climbed = ascending.map(({ weight, before }) => [weight, before]);
        },
        abandon() {
          goBack();
          inner.abandon();
        },
        snapshot: () => inner.snapshot(),
        restore: (snapshot) => inner.restore(snapshot),
        dispose() {
          goBack();
          places.forEach((place) => place.dispose());
          places.clear();
          inner.dispose();
        },
      };
    },
  };
}
