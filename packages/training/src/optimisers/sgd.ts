import { sgdUpdate } from '@polytag/engine';
import { SGD_DEFAULTS } from './defaults.js';
import { Moments } from './moments.js';
import type { Optimiser } from './optimiser.js';
import { singlePass } from './single-pass.js';

export interface SgdOptions {
  /** Default 0.9. */
  readonly momentum?: number;
  /** Default 0. */
  readonly dampening?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum, PyTorch's form: g ← g + wd·w; v ← μ·v + (1 − dampening)·g (the
 * first step: v ← g); w ← w − lr·v, or with Nesterov w ← w − lr·(g + μ·v).
 */
export function sgd(options: SgdOptions = {}): Optimiser {
  const {
    momentum = SGD_DEFAULTS.momentum,
    dampening = SGD_DEFAULTS.dampening,
    nesterov = SGD_DEFAULTS.nesterov,
  } = options;
  return {
    name: 'sgd',
    bind(groups) {
      const velocity = new Moments('velocity', groups);
      return singlePass(groups, [velocity], (updates, rates) => {
        const parameters = updates.map(({ group, step, ...one }) => ({
          ...one,
          velocity: velocity.of(one.weight),
          weightDecay: group.weightDecay,
          first: step === 1,
        }));
        sgdUpdate(parameters, { momentum: rates.momentum ?? momentum, dampening, nesterov });
      });
    },
  };
}
