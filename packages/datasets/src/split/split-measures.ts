import { splitItems, type SplitImage } from './split-items.js';

/** Differences between the parts of a split and the whole set (docs/method.md#stratified-split). */
export interface SplitMeasures {
  /**
   * Label distribution: mean over labels of the mean over parts of |odds of the label in the part − odds in the set|,
   * where odds = images with it / images without it. Labels that no or every image has are left out; 0 if none is left.
   * Infinity if a label that some image lacks is on every image of a part.
   */
  readonly LD: number;
  /** The same for pairs of labels that occur together. */
  readonly LPD: number;
  /** Number of images in each part. */
  readonly sizes: readonly number[];
  /** Labels that occur in the set but are missing in a part. */
  readonly missing: readonly { readonly part: number; readonly label: number }[];
}

/**
 * Measures a split.
 *
 * @param parts the part of each image, 0 … partCount − 1
 * @param labelCount K, labels of the vocabulary
 */
export function measureSplit(
  images: readonly SplitImage[],
  parts: ArrayLike<number>,
  { partCount, labelCount }: { readonly partCount: number; readonly labelCount: number },
): SplitMeasures {
  const { items, totals } = splitItems(images, labelCount);
  const sizes = new Array<number>(partCount).fill(0);
  const counts = sizes.map(() => new Uint32Array(totals.length));
  for (const { images: indices, features } of items) {
    const part = parts[indices[0]];
    sizes[part]++;
    for (const feature of features) counts[part][feature]++;
  }
  const distance = (feature: number) => {
    const whole = odds(totals[feature], images.length);
    const distances = sizes.map((size, part) => Math.abs(odds(counts[part][feature], size) - whole));
    return mean(distances);
  };
  const differing = [...totals.keys()].filter(
    (feature) => totals[feature] > 0 && totals[feature] < images.length,
  );
  return {
    LD: mean(differing.filter((feature) => feature < labelCount).map(distance)),
    LPD: mean(differing.filter((feature) => feature >= labelCount).map(distance)),
    sizes,
    missing: sizes.flatMap((_, part) =>
      [...totals.subarray(0, labelCount).keys()]
        .filter((label) => totals[label] > 0 && counts[part][label] === 0)
        .map((label) => ({ part, label })),
    ),
  };
}

/** 0 of an empty part. */
function odds(having: number, of: number): number {
  return having === 0 ? 0 : having / (of - having);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
