import type { MultiLabelModel } from '@polytag/model';

/** Weights of a model, running statistics not counted. */
export function weightCount({ parameters }: Pick<MultiLabelModel, 'parameters'>): number {
  return parameters.reduce(
    (sum, { variable, buffer }) =>
      buffer ? sum : sum + variable.shape.reduce<number>((size, n) => size * (n ?? 1), 1),
    0,
  );
}
