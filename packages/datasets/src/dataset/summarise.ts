import type { LabelledDataset } from './labelled-dataset.js';

/** Counts that tell whether a data set is what one thinks it is. */
export interface DatasetSummary {
  readonly images: number;
  /** In vocabulary order. */
  readonly labels: readonly LabelSummary[];
  /** How many images have 0, 1, 2, … different labels. */
  readonly labelsPerImage: readonly number[];
  /** Different labels an image, on average. */
  readonly meanLabels: number;
  /** Images that are known to have no label. */
  readonly allNegative: number;
  /** Pairs of image and label that are unknown. */
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
  /** Images of which it is known whether they have the label. */
  readonly known: number;
  /** Times the label is listed: more than `images` where an image lists it once an object. */
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
