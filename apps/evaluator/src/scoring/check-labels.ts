import { DataError, type LabelVocabulary, printable } from '@polytag/core';
import type { LabelledDataset } from '@polytag/datasets';

/** Labels told in one message; the rest is counted. */
const SHOWN = 5;

/** @throws DataError `data/labels-differ`, naming labels that only one of the two has */
export function checkLabels(
  model: { readonly labels: LabelVocabulary },
  folder: string,
  { labels, source }: LabelledDataset,
): void {
  if (model.labels.equals(labels)) return;
  const only = (here: LabelVocabulary, there: LabelVocabulary, place: string) => {
    const names = here.names.filter((name) => there.indexOf(name) === undefined);
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
    return names.length > 0
      ? [
          `only in ${place}: ${names
            .slice(0, SHOWN)
            .map((name) => printable(name))
            .join(', ')}${more}`,
        ]
      : [];
  };
  const found = [...only(model.labels, labels, 'the model'), ...only(labels, model.labels, 'the file')];
  throw new DataError(
    'data/labels-differ',
    `The model in ${folder} has ${model.labels.size} labels, but ${source} has ${labels.size} ` +
      `(${found.join('; ')}).`,
    { hint: 'Use data with the labels that the model was trained on.' },
  );
}
