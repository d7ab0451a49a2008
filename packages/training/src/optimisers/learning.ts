import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { variableOf, type ParameterGroup } from '../groups/parameter-groups.js';
import type { Gradients } from './optimiser.js';

/** A parameter that a step moves. */
export interface Learning {
  readonly weight: Variable;
  readonly gradient: Tensor;
  readonly group: ParameterGroup;
}

/** The parameters that have a gradient, group by group. */
export function learning(groups: readonly ParameterGroup[], gradients: Gradients): Learning[] {
  const found: Learning[] = [];
  for (const group of groups) {
    for (const parameter of group.parameters) {
      const weight = variableOf(parameter);
      const gradient = gradients.get(weight);
      if (gradient) found.push({ weight, gradient, group });
    }
  }
  return found;
}
