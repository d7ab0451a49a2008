import type { Variable } from '@tensorflow/tfjs-core';
import type { Parameter } from '@polytag/layers';

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** The group's learning rate is this times the run's. */
  readonly learningRateFactor: number;
  readonly weightDecay: number;
}

export interface GroupOptions {
  /** L2 (SGD) or decoupled (AdamW) decay of the groups that decay. */
  readonly weightDecay: number;
  /**
   * Default true, as in the paper: decay only matrices and kernels. False: one group, all of it decays.
   */
  readonly noBiasDecay?: boolean;
}

/** The tfjs variable behind a parameter: the optimiser and the gradient tape work on it. */
export function variableOf(parameter: Parameter): Variable {
  return parameter.variable.read() as Variable;
}

/**
 * Splits a model's parameters as the authors do (method section 4.1). Frozen weights and buffers are left
 * out; groups without a member too. In this order:
 *
 * 1. everything else: learning rate 1x, decays;
 * 2. keys ending in `bias`: learning rate 2x, no decay;
 * 3. other vectors, and weights whose key contains `norm` or `query_embed`: learning rate 1x, no decay.
 */
export function parameterGroups(parameters: readonly Parameter[], options: GroupOptions): ParameterGroup[] {
  const trainable = parameters.filter((parameter) => parameter.trainable && !parameter.buffer);
  const { weightDecay, noBiasDecay = true } = options;
  if (!noBiasDecay) return [{ parameters: trainable, learningRateFactor: 1, weightDecay }];

  const isBias = (parameter: Parameter) => parameter.key.endsWith('bias');
  const isNorm = (parameter: Parameter) =>
    variableOf(parameter).rank <= 1 ||
    parameter.key.includes('norm') ||
    parameter.key.includes('query_embed');
  const groups: ParameterGroup[] = [
    { parameters: trainable.filter((p) => !isBias(p) && !isNorm(p)), learningRateFactor: 1, weightDecay },
    { parameters: trainable.filter(isBias), learningRateFactor: 2, weightDecay: 0 },
    { parameters: trainable.filter((p) => !isBias(p) && isNorm(p)), learningRateFactor: 1, weightDecay: 0 },
  ];
  return groups.filter((group) => group.parameters.length > 0);
}
