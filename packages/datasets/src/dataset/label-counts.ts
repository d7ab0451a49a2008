import type { LabelCounts } from '@polytag/core';
import type { LabelledDataset } from './labelled-dataset.js';
import { summarise } from './summarise.js';

/** How many images have each label, and how many are known not to have it: what a loss weighs labels by. */
export function labelCounts(dataset: LabelledDataset): LabelCounts {
  const { labels } = summarise(dataset);
  return {
    labels: dataset.labels,
    positives: labels.map(({ images }) => images),
    negatives: labels.map(({ images, known }) => known - images),
  };
}
