import type { LabelMatrix } from '@polytag/core';
import type { LabelledImages } from './labelled-dataset.js';

/**
 * Counts how often labels occur together (docs/method.md#co-occurrence): M[i,j] = images with both i and j /
 * occurrences of i. The numerator counts images. The denominator counts every listing of the label, so where a label
 * file repeats a label per object it counts objects. The diagonal is 0, and so is the row of a label that never occurs.
 *
 * @returns K x K, rows and columns in vocabulary order
 */
export function cooccurrence(dataset: LabelledImages): LabelMatrix {
  const size = dataset.labels.size;
  const together = new Float64Array(size * size);
  const occurrences = new Float64Array(size);
  for (const { labels } of dataset.images) {
    for (const label of labels) occurrences[label]++;
    const unique = [...new Set(labels)];
    for (const i of unique) for (const j of unique) if (i !== j) together[i * size + j]++;
  }
  const values = Float32Array.from(together, (count, at) => {
    const of = occurrences[Math.floor(at / size)];
    return of === 0 ? 0 : count / of;
  });
  return { rows: size, columns: size, values };
}
