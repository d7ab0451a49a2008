import {
  DataError,
  lookAlikeKey,
  visibleSpellings,
  type ClassName,
  type LabelVocabulary,
} from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';

/**
 * Throws unless two data sets of a run have the same labels. Their order in the files does not matter.
 *
 * @throws DataError `data/classes-differ`, naming the labels that only one of them has
 */
export function assertSameLabels(a: LabelledDataset, b: LabelledDataset): void {
  if (a.labels.equals(b.labels)) return;
  const only = (here: LabelledDataset, there: LabelledDataset) =>
    here.labels.names.filter((name) => there.labels.indexOf(name) === undefined);
  const describe = (here: LabelledDataset, names: readonly string[]) =>
    names.length === 0 ? [] : [`only in ${here.source}: ${firstFew(names)}`];
  throw new DataError(
    'data/classes-differ',
    `The two files have different labels (${[...describe(a, only(a, b)), ...describe(b, only(b, a))].join('; ')}).`,
    { hint: 'Use the same list under "classes" in both files.' },
  );
}

/** The hint for a label that is spelt slightly differently from one of the vocabulary; undefined for any other. */
export function lookAlikeOf(label: ClassName, known: LabelVocabulary): string | undefined {
  const key = lookAlikeKey(String(label));
  const alike = known.names.find((name) => lookAlikeKey(name) === key);
  if (alike === undefined) return undefined;
  const [a, b] = visibleSpellings([String(label), alike]);
  return `The known label is ${b}, but this one is ${a}: use one spelling (polytag-train prepare json --normalise-labels does this, and so do other formats of prepare).`;
}

/** `"a", "b", "c" and 4 more` */
export function firstFew(names: readonly string[], few = 5): string {
  const shown = names.slice(0, few).map((name) => `"${name}"`);
  return names.length > few ? `${shown.join(', ')} and ${names.length - few} more` : shown.join(', ');
}
