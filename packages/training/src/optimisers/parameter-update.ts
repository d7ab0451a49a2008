import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { variableOf } from '@polytag/layers';
import type { Gradients } from './optimiser.js';
import type { ParameterGroup } from './parameter-groups.js';

/** A weight and the gradient that moves it. */
export interface LearnedWeight {
  readonly weight: Variable;
  readonly gradient: Tensor;
  readonly group: ParameterGroup;
}

/** What an optimiser does to one parameter in a step. */
export interface ParameterUpdate extends LearnedWeight {
  /** Which of the parameter's updates this is, from 1. */
  readonly step: number;
  /** The step's rate times that of the group. */
  readonly learningRate: number;
}

/** The weights that have a gradient, group by group. */
export function learnedWeights(groups: readonly ParameterGroup[], gradients: Gradients): LearnedWeight[] {
  const found: LearnedWeight[] = [];
  for (const group of groups) {
    for (const parameter of group.parameters) {
      const weight = variableOf(parameter);
      const gradient = gradients.get(weight);
      if (gradient) found.push({ weight, gradient, group });
    }
  }
  return found;
}
