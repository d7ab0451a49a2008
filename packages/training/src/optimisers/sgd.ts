import { sgdUpdate } from '@polytag/engine';
import { learning } from './learning.js';
import { Moments } from './moments.js';
import type { Optimiser } from './optimiser.js';
import { StepCounts } from './step-counts.js';

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
export function sgd({ momentum = 0.9, dampening = 0, nesterov = false }: SgdOptions = {}): Optimiser {
  return {
    name: 'sgd',
    bind(groups) {
      const velocity = new Moments('velocity', groups);
      const counts = new StepCounts(groups);
      return {
        groups,
        passes: 1,
        apply(_pass, gradients, rates) {
          const parameters = learning(groups, gradients).map(({ weight, gradient, group }) => ({
            weight,
            gradient,
            velocity: velocity.of(weight),
            learningRate: rates.learningRate * group.learningRateFactor,
            weightDecay: group.weightDecay,
            first: counts.next(weight) === 1,
          }));
          sgdUpdate(parameters, { momentum: rates.momentum ?? momentum, dampening, nesterov });
        },
        abandon() {},
        snapshot: () => ({ steps: counts.named, tensors: velocity.named }),
        restore(snapshot) {
          velocity.restore(snapshot.tensors);
          counts.restore(snapshot.steps);
        },
        dispose: () => velocity.dispose(),
      };
    },
  };
}
