import { variableOf, type Parameter } from '@polytag/layers';

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** Factor of the run's learning rate for this group. */
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
  /** Keys that are left out. Default: none. */
  readonly frozen?: ReadonlySet<string>;
  /** What the learning rate of a parameter is multiplied with besides. Default 1. */
  readonly rateFactor?: (key: string) => number;
}

/**
 * Splits a model's parameters into groups as the authors do (docs/method.md#parameter-groups). Frozen weights and
 * buffers are left out, and so are empty groups. In this order:
 *
 * 1. everything else: learning rate 1x, weight decay;
 * 2. keys ending in `bias`: learning rate 2x, no decay;
 * 3. other vectors, and weights whose key contains `norm` or `query_embed`: learning rate 1x, no decay.
 *
 * Groups are split further where `rateFactor` differs.
 */
export function parameterGroups(parameters: readonly Parameter[], options: GroupOptions): ParameterGroup[] {
  const { weightDecay, noBiasDecay = true, frozen, rateFactor = () => 1 } = options;
  const learned = parameters.filter(
    ({ key, trainable, buffer }) => trainable && !buffer && !frozen?.has(key),
  );
  const groups = noBiasDecay
    ? byDecay(learned, weightDecay)
    : [{ parameters: learned, learningRateFactor: 1, weightDecay }];
  return groups
    .flatMap((group) => byFactor(group, rateFactor))
    .filter((group) => group.parameters.length > 0);
}

function byDecay(learned: readonly Parameter[], weightDecay: number): ParameterGroup[] {
  const isBias = (parameter: Parameter) => parameter.key.endsWith('bias');
  const isNorm = (parameter: Parameter) =>
    variableOf(parameter).rank <= 1 ||
    parameter.key.includes('norm') ||
    parameter.key.includes('query_embed');
  return [
    { parameters: learned.filter((p) => !isBias(p) && !isNorm(p)), learningRateFactor: 1, weightDecay },
    { parameters: learned.filter(isBias), learningRateFactor: 2, weightDecay: 0 },
    { parameters: learned.filter((p) => !isBias(p) && isNorm(p)), learningRateFactor: 1, weightDecay: 0 },
  ];
}

function byFactor(group: ParameterGroup, rateFactor: (key: string) => number): ParameterGroup[] {
  const factors = [...new Set(group.parameters.map(({ key }) => rateFactor(key)))];
  return factors.map((factor) => ({
    ...group,
    parameters: group.parameters.filter(({ key }) => rateFactor(key) === factor),
    learningRateFactor: group.learningRateFactor * factor,
  }));
}
