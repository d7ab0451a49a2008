import type { LabelGraph, LabelMatrix, LabelVocabulary } from '@polytag/core';
import type { LabelledImages } from './labelled-dataset.js';
import { cooccurrence } from './cooccurrence.js';

/** One-hot word vectors: the K x K identity. */
export function oneHotWordVectors(labels: LabelVocabulary): LabelMatrix {
  const values = new Float32Array(labels.size * labels.size);
  for (let i = 0; i < labels.size; i++) values[i * labels.size + i] = 1;
  return { rows: labels.size, columns: labels.size, values };
}

/**
 * Label graph for the graph head. Compute it on the training set.
 *
 * @param wordVectors K x D, rows in vocabulary order (default: one-hot)
 */
export function labelGraph(
  dataset: LabelledImages,
  wordVectors: LabelMatrix = oneHotWordVectors(dataset.labels),
): LabelGraph {
  return { cooccurrence: cooccurrence(dataset), wordVectors };
}
