import type { MultiLabelModel } from '@polytag/model';
import { FEATURES_RECIPE } from '@polytag/training';

/**
 * Whether the head of a model is of the kind that the page trains, the one of the recipe `features`, so that training can
 * go on from its weights. Its scale and pooling may be others.
 */
export function isFeaturesHead({ outputSpace, parts: { head, backbone } }: MultiLabelModel): boolean {
  const { name, options } = FEATURES_RECIPE.model.head;
  return (
    head.definition.name === name &&
    head.module === undefined &&
    outputSpace === options.space &&
    (head.options.hidden === 'published' || backbone.part.penultimate === undefined)
  );
}
