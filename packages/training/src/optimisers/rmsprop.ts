import { add, div, mul, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import { RMSPROP_DEFAULTS } from './defaults.js';
import { Moments } from './moments.js';
import type { Optimiser } from './optimiser.js';
import { decayed, singlePass } from './single-pass.js';

export interface RmspropOptions {
  /** Share of the old mean square that is kept. Default 0.99. */
  readonly alpha?: number;
  /** Default 0.9, the authors'; PyTorch's own default is 0. */
  readonly momentum?: number;
  /** Added to the root. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * RMSprop (Tieleman and Hinton, 2012) in PyTorch's form: g ← g + wd·w; s ← α·s + (1 − α)·g²;
 * v ← μ·v + g/(√s + ε); w ← w − lr·v.
 */
export function rmsprop(options: RmspropOptions = {}): Optimiser {
  const {
    alpha = RMSPROP_DEFAULTS.alpha,
    momentum = RMSPROP_DEFAULTS.momentum,
    epsilon = RMSPROP_DEFAULTS.epsilon,
  } = options;
  return {
    name: 'rmsprop',
    bind(groups) {
      const meanSquare = new Moments('mean-square', groups);
      const velocity = new Moments('velocity', groups);
      return singlePass(groups, [meanSquare, velocity], (updates, rates) => {
        for (const one of updates) {
          const { weight, learningRate } = one;
          const [s, v] = [meanSquare.of(weight), velocity.of(weight)];
          tidy(() => {
            const g = decayed(one);
            s.assign(add(mul(s, alpha), mul(square(g), 1 - alpha)));
            v.assign(add(mul(v, rates.momentum ?? momentum), div(g, add(sqrt(s), epsilon))));
            weight.assign(sub(weight, mul(v, learningRate)));
          });
        }
      });
    },
  };
}
