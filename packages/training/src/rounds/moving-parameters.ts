import type { MultiLabelModel } from '@polytag/model';
import type { TrainableModel } from '../step/trainable-model.js';
import type { ParametersOfModels } from './share-files.js';

/** What rounds exchange of the models of a run, and what stays as it is. */
export interface DividedParameters {
  /** What the optimisers move, and running statistics. */
  readonly moving: ParametersOfModels;
  readonly constant: ParametersOfModels;
}

/** @param models the main one first, as `trainable` */
export function dividedParameters(
  models: readonly MultiLabelModel[],
  trainable: readonly TrainableModel[],
): DividedParameters {
  const learned = trainable.map((one) => new Set(one.learned.map(({ key }) => key)));
  const part = (isMoving: boolean) =>
    models.map(({ parameters }, i) =>
      parameters.filter(({ key, buffer }) => (buffer || learned[i].has(key)) === isMoving),
    );
  return { moving: part(true), constant: part(false) };
}
