import type { LabelledDataset } from './labelled-dataset.js';

/** Counts for a quick check of a data set. */
export interface DatasetSummary {
  readonly images: number;
  /** In vocabulary order. */
  readonly labels: readonly LabelSummary[];
  /** Number of images with 0, 1, 2, … different labels. */
  readonly labelsPerImage: readonly number[];
  /** Mean number of different labels per image. */
  readonly meanLabels: number;
  /** Number of images known to have no label. */
  readonly allNegative: number;
  /** Number of unknown pairs of image and label. */
  readonly unknown: number;
  /** Labels that no image has. */
  readonly emptyLabels: readonly string[];
  /** Occurrences of labels that are not in the vocabulary. */
  readonly unknownLabels: ReadonlyMap<string, number>;
}

export interface LabelSummary {
  readonly name: string;
  /** Images that have the label. */
  readonly images: number;
  /** Number of images for which the label is known. */
  readonly known: number;
  /** Number of times the label is listed: more than `images` if an image lists it once per object. */
  readonly occurrences: number;
}

export function summarise(dataset: LabelledDataset): DatasetSummary {
  const images = new Uint32Array(dataset.labels.size);
  const unknown = new Uint32Array(dataset.labels.size);
  const occurrences = new Uint32Array(dataset.labels.size);
  const labelsPerImage: number[] = [];
  let different = 0;
  let allNegative = 0;
  for (const image of dataset.images) {
    const unique = new Set(image.labels);
    for (const label of unique) images[label]++;
    for (const label of image.labels) occurrences[label]++;
    for (const label of image.unknown ?? []) unknown[label]++;
    if (unique.size === 0 && !image.unknown?.length) allNegative++;
    while (labelsPerImage.length <= unique.size) labelsPerImage.push(0);
    labelsPerImage[unique.size]++;
    different += unique.size;
  }
  const { names } = dataset.labels;
  return {
    images: dataset.images.length,
    labels: names.map((name, i) => ({
      name,
      images: images[i],
      known: dataset.images.length - unknown[i],
      occurrences: occurrences[i],
    })),
    labelsPerImage,
    meanLabels: different / dataset.images.length,
    allNegative,
    unknown: unknown.reduce((sum, count) => sum + count, 0),
    emptyLabels: names.filter((_, i) => images[i] === 0),
    unknownLabels: dataset.unknownLabels,
  };
}
