import { DataError, type ClassName, type LabelVocabulary } from '@polytag/core';
import type { LabelledImage } from '../../dataset/labelled-dataset.js';
import type { LabelFile } from './parse-label-file.js';

/**
 * An image of a label file.
 *
 * @param pathOf returns the path of its file
 * @param strange called with the number of occurrences of each label that is not in the vocabulary
 * @param place what errors call the image
 * @throws DataError `data/label-file-format` if a label is both listed and unknown
 */
export function labelledImage(
  [name, names, more]: LabelFile['images'][number],
  pathOf: (name: string) => string,
  labels: LabelVocabulary,
  strange: Map<string, number>,
  place: string,
): LabelledImage {
  const count = (label: ClassName) => strange.set(String(label), (strange.get(String(label)) ?? 0) + 1);
  const present = indicesOf(names, labels, count);
  const unknown = unique(indicesOf(more?.unknown ?? [], labels, count));
  indicesOf(more?.absent ?? [], labels, count);
  const both = unknown.find((label) => present.includes(label));
  if (both !== undefined) {
    throw new DataError(
      'data/label-file-format',
      `${place}: the label "${labels.names[both]}" of "${name}" is both listed and "unknown".`,
      { hint: 'Keep it in one of the two lists.' },
    );
  }
  const image = { name, path: pathOf(name), labels: present };
  if (unknown.length === 0) return image;
  // Where little is known, what is unknown is worked out when it is asked for: a list of nearly all labels for each image
  // would be most of what memory holds.
  if (2 * unknown.length < labels.size) return { ...image, unknown };
  return {
    ...image,
    get unknown() {
      return unique(indicesOf(more!.unknown!, labels));
    },
  };
}

const unique = (indices: readonly number[]): number[] => [...new Set(indices)];

/** @param strange told of each label that is not in the vocabulary */
function indicesOf(
  of: readonly ClassName[],
  labels: LabelVocabulary,
  strange?: (label: ClassName) => void,
): number[] {
  const known: number[] = [];
  for (const label of of) {
    const index = labels.indexOf(label);
    if (index === undefined) strange?.(label);
    else known.push(index);
  }
  return known;
}
