import { nearest, printable, UsageError, type LabelVocabulary } from '@polytag/core';
import type { PredictOptions } from '../prediction/images-tensor.js';

export interface ExplainOptions extends PredictOptions {
  /** Labels to explain. Default: the predicted labels. */
  readonly labels?: readonly string[];
}

/** @throws UsageError `usage/unknown-label` */
export function placeOf(label: string, { names }: LabelVocabulary): number {
  const place = names.indexOf(label);
  if (place >= 0) return place;
  const meant = nearest(label, names);
  throw new UsageError('usage/unknown-label', `The model has no label "${printable(label)}".`, {
    hint:
      meant === undefined
        ? `The model has ${names.length} labels, the first is "${printable(names[0])}".`
        : `Did you mean "${printable(meant)}"?`,
  });
}
