import { add, div, mul, sqrt, square, sub, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { RADAM_DEFAULTS } from './defaults.js';
import { Moments } from './moments.js';
import type { Optimiser } from './optimiser.js';
import { decayed, singlePass } from './single-pass.js';

export interface RAdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Added to the root, before its bias is corrected. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Rectified Adam (Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020) in PyTorch's form:
 * g ← g + wd·w, Adam's moments m and v, and w ← w − lr·m̂·r·√(1 − β2ᵗ)/(√v + ε), where r rectifies the variance of the
 * adaptive rate. In the first steps, while the approximated moving average is at most 5 long, w ← w − lr·m̂.
 */
export function radam(options: RAdamOptions = {}): Optimiser {
  const {
    beta1 = RADAM_DEFAULTS.beta1,
    beta2 = RADAM_DEFAULTS.beta2,
    epsilon = RADAM_DEFAULTS.epsilon,
  } = options;
  return {
    name: 'radam',
    bind(groups) {
      const first = new Moments('first-moment', groups);
      const second = new Moments('second-moment', groups);
      return singlePass(groups, [first, second], (updates, rates) => {
        const keep = rates.momentum ?? beta1;
        for (const one of updates) {
          const { weight, step, learningRate } = one;
          const stepSize = learningRate / (1 - keep ** step);
          const rectified = rectification(beta2, step);
          const [m, v] = [first.of(weight), second.of(weight)];
          tidy(() => {
            const g = decayed(one);
            m.assign(add(mul(m, keep), mul(g, 1 - keep)));
            v.assign(add(mul(v, beta2), mul(square(g), 1 - beta2)));
            const direction: Tensor = rectified === undefined ? m : div(m, add(sqrt(v), epsilon));
            weight.assign(sub(weight, mul(direction, stepSize * (rectified ?? 1))));
          });
        }
      });
    },
  };
}

/** r·√(1 − β2ᵗ); undefined while the variance cannot be told: the moving average is at most 5 long. */
function rectification(beta2: number, step: number): number | undefined {
  const bias = 1 - beta2 ** step;
  const longest = 2 / (1 - beta2) - 1;
  const length = longest - (2 * step * (1 - bias)) / bias;
  if (length <= 5) return undefined;
  const part = (rho: number) => (rho - 4) * (rho - 2);
  return Math.sqrt(((part(length) * longest) / (part(longest) * length)) * bias);
}
