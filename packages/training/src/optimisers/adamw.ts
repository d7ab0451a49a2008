import { adamUpdate } from '@polytag/engine';
import { ADAMW_DEFAULTS } from './defaults.js';
import { Moments } from './moments.js';
import type { Optimiser } from './optimiser.js';
import { singlePass } from './single-pass.js';

export interface AdamWOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Divide by the largest second moment seen so far (Reddi et al., 2018). Default false. */
  readonly amsgrad?: boolean;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019): w ← w·(1 −
 * lr·wd), then Adam's step. The authors' `adam` and `amsgrad`.
 */
export function adamw(options: AdamWOptions = {}): Optimiser {
  const {
    beta1 = ADAMW_DEFAULTS.beta1,
    beta2 = ADAMW_DEFAULTS.beta2,
    epsilon = ADAMW_DEFAULTS.epsilon,
    amsgrad = ADAMW_DEFAULTS.amsgrad,
  } = options;
  return {
    name: 'adamw',
    bind(groups) {
      const first = new Moments('first-moment', groups);
      const second = new Moments('second-moment', groups);
      const largest = amsgrad ? new Moments('largest-second-moment', groups) : undefined;
      const all = [first, second, ...(largest ? [largest] : [])];
      return singlePass(groups, all, (updates, rates) => {
        const parameters = updates.map(({ group, ...one }) => ({
          ...one,
          m: first.of(one.weight),
          v: second.of(one.weight),
          maxV: largest?.of(one.weight),
          weightDecay: group.weightDecay,
        }));
        adamUpdate(parameters, { beta1: rates.momentum ?? beta1, beta2, epsilon });
      });
    },
  };
}
