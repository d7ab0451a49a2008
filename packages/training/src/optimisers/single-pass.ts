import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import type { Moments } from './moments.js';
import type { BoundOptimiser, StepRates } from './optimiser.js';
import type { ParameterGroup } from './parameter-groups.js';
import { learnedWeights, type LearnedWeight, type ParameterUpdate } from './parameter-update.js';
import { StepCounts } from './step-counts.js';

/**
 * An optimiser that takes one gradient a step and remembers nothing but moments and the number of updates of each
 * parameter.
 *
 * @param update moves the parameters that have a gradient
 */
export function singlePass(
  groups: readonly ParameterGroup[],
  moments: readonly Moments[],
  update: (updates: readonly ParameterUpdate[], rates: StepRates) => void,
): BoundOptimiser {
  const counts = new StepCounts(groups);
  return {
    groups,
    passes: 1,
    apply(_pass, gradients, rates) {
      const updates = learnedWeights(groups, gradients).map((learned) => ({
        ...learned,
        step: counts.next(learned.weight),
        learningRate: rates.learningRate * learned.group.learningRateFactor,
      }));
      update(updates, rates);
    },
    abandon() {},
    snapshot: () => ({
      steps: counts.named,
      tensors: new Map(moments.flatMap(({ named }) => [...named])),
    }),
    restore(snapshot) {
      for (const one of moments) one.restore(snapshot.tensors);
      counts.restore(snapshot.steps);
    },
    dispose: () => moments.forEach((one) => one.dispose()),
  };
}

/** Its gradient with the weight decay in it: g + wd·w. To be called within `tidy`. */
export const decayed = ({ weight, gradient, group }: LearnedWeight): Tensor =>
  group.weightDecay === 0 ? gradient : add(gradient, mul(weight, group.weightDecay));
