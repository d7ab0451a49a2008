import { adamUpdate } from '@polytag/engine';
import { learning } from './learning.js';
import { Moments } from './moments.js';
import type { Optimiser } from './optimiser.js';
import { StepCounts } from './step-counts.js';

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
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019):
 * w ← w·(1 − lr·wd), then Adam's step. What the authors call `adam` and `amsgrad`.
 */
export function adamw({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  amsgrad = false,
}: AdamWOptions = {}): Optimiser {
  return {
    name: 'adamw',
    bind(groups) {
      const first = new Moments('first-moment', groups);
      const second = new Moments('second-moment', groups);
      const largest = amsgrad ? new Moments('largest-second-moment', groups) : undefined;
      const all = [first, second, ...(largest ? [largest] : [])];
      const counts = new StepCounts(groups);
      return {
        groups,
        passes: 1,
        apply(_pass, gradients, rates) {
          const parameters = learning(groups, gradients).map(({ weight, gradient, group }) => ({
            weight,
            gradient,
            m: first.of(weight),
            v: second.of(weight),
            maxV: largest?.of(weight),
            learningRate: rates.learningRate * group.learningRateFactor,
            weightDecay: group.weightDecay,
            step: counts.next(weight),
          }));
          adamUpdate(parameters, { beta1: rates.momentum ?? beta1, beta2, epsilon });
        },
        abandon() {},
        snapshot: () => ({
          steps: counts.named,
          tensors: new Map(all.flatMap((moments) => [...moments.named])),
        }),
        restore(snapshot) {
          for (const moments of all) moments.restore(snapshot.tensors);
          counts.restore(snapshot.steps);
        },
        dispose: () => all.forEach((moments) => moments.dispose()),
      };
    },
  };
}
