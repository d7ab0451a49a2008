import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import type { ParameterGroup } from '../groups/parameter-groups.js';
import { learning, type Learning } from './learning.js';
import type { Moments } from './moments.js';
import type { BoundOptimiser, StepRates } from './optimiser.js';
import { StepCounts } from './step-counts.js';

/** A parameter that a step moves. */
export interface Moving extends Learning {
  /** Which of its updates this is, from 1. */
  readonly step: number;
  /** The step's rate times that of its group. */
  readonly learningRate: number;
}

/**
 * An optimiser that takes one gradient a step and remembers nothing but moments and the number of updates of each
 * parameter.
 *
 * @param update moves the parameters that have a gradient
 */
export function singlePass(
  groups: readonly ParameterGroup[],
  moments: readonly Moments[],
  update: (moving: readonly Moving[], rates: StepRates) => void,
): BoundOptimiser {
  const counts = new StepCounts(groups);
  return {
    groups,
    passes: 1,
    apply(_pass, gradients, rates) {
      const moving = learning(groups, gradients).map((one) => ({
        ...one,
        step: counts.next(one.weight),
        learningRate: rates.learningRate * one.group.learningRateFactor,
      }));
      update(moving, rates);
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
export const decayed = ({ weight, gradient, group }: Learning): Tensor =>
  group.weightDecay === 0 ? gradient : add(gradient, mul(weight, group.weightDecay));
