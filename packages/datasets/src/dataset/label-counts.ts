import type { LabelCounts } from '@polytag/core';
import type { LabelledDataset } from './labelled-dataset.js';
import { summarise } from './summarise.js';

/** Number of images with each label, and of images known to lack it; used to weigh losses. */
export function labelCounts(dataset: LabelledDataset): LabelCounts {
  const { labels } = summarise(dataset);
  return {
    labels: dataset.labels,
    positives: labels.map(({ images }) => images),
    negatives: labels.map(({ images, known }) => known - images),
  };
}
