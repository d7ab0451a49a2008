import { existsSync } from 'node:fs';
import type { Progress } from '@polytag/cli';
import { LabelVocabulary, UsageError, type LabelCounts, type LabelMatrix } from '@polytag/core';
import { cooccurrence, labelCounts, repeatFactors, type LabelledDataset } from '@polytag/datasets';
import { SCENE_LABELS } from '@polytag/datasets/scenes';
import { balancedSampling, labelFilePath, type RunConfig } from '../config/run-config.js';
import { readData } from '../run/run-data.js';
import type { ImageCounts } from './projection.js';

/** What stands in for label files that are not on this machine. */
export interface GivenCounts {
  readonly classes?: number;
  readonly images?: number;
  readonly valImages?: number;
}

/** What a run is projected from. */
export interface DataFacts {
  readonly labels: LabelVocabulary;
  readonly counts: ImageCounts;
  /** Who says so. */
  readonly source: string;
  /** Of the training images. Absent when they are not there. */
  readonly countCooccurrence?: () => LabelMatrix;
  /** Likewise. */
  readonly labelCounts?: LabelCounts;
}

/** What an epoch has: every image once, or those of rare labels more often. */
function imagesAnEpoch(train: LabelledDataset, { data }: RunConfig): number {
  const balanced = balancedSampling(data);
  if (!balanced) return train.images.length;
  return Math.floor(repeatFactors(train, balanced).reduce((sum, factor) => sum + factor, 0));
}

/**
 * Labels and numbers of images: as given on the command line; else those of the label files, which are then read and
 * checked as for a run; else those of the scenes that would be drawn.
 *
 * @throws UsageError `usage/dry-run-counts`, and the errors of label files
 */
export async function dataFacts(
  config: RunConfig,
  { classes, images, valImages }: GivenCounts,
  progress: Progress,
): Promise<DataFacts> {
  const { data } = config;
  if (classes !== undefined && images !== undefined) {
    return {
      labels: new LabelVocabulary(Array.from({ length: classes }, (_, i) => i)),
      counts: { train: images, ...(data.val !== null && { validation: valImages }) },
      source: 'command line',
    };
  }
  if ((classes ?? images ?? valImages) !== undefined) {
    throw new UsageError('usage/dry-run-counts', '--classes and --images must be given together.', {
      hint: 'Give both, and --val-images to include the time of evaluation; or neither, to read the label files.',
    });
  }
  const file = labelFilePath(data, data.train);
  if (existsSync(file)) {
    const { train, validation } = await readData(config, { progress });
    return {
      labels: train.labels,
      counts: { train: imagesAnEpoch(train, config), validation: validation?.images.length },
      source: data.root,
      countCooccurrence: () => cooccurrence(train),
      labelCounts: labelCounts(train),
    };
  }
  if (data.scenes) {
    const { train, validation } = data.scenes;
    return {
      labels: new LabelVocabulary(SCENE_LABELS),
      counts: { train, ...(data.val !== null && { validation }) },
      source: 'scenes that are not drawn yet',
    };
  }
  throw new UsageError('usage/dry-run-counts', `${file} was not found on this machine.`, {
    hint: 'Give its number of labels and images, e.g. --classes 80 --images 82081 --val-images 40137',
  });
}
