import type { LabelledImage } from '../dataset/labelled-dataset.js';

/** Data that a split needs about an image. */
export type SplitImage = Pick<LabelledImage, 'name' | 'labels'>;

/** What goes to one part as a whole: an image, or the images of a group. */
export interface SplitItem {
  /** Indices of its images. */
  readonly images: readonly number[];
  /** What its images have: labels 0 … K−1, and beyond them pairs of labels. Each once. */
  readonly features: Uint32Array;
  /** How many of its images have each of `features`. */
  readonly counts: Uint32Array;
}

export interface SplitItems {
  /** By the least name of an item, so that the order of the images does not matter. */
  readonly items: readonly SplitItem[];
  /** How many images have each feature: K labels, then pairs that occur. */
  readonly totals: Uint32Array;
}

/**
 * The images of a split as items, with the labels and the pairs of labels of each.
 *
 * @param groups the group of each image; images without one stand alone
 */
export function splitItems(
  images: readonly SplitImage[],
  labelCount: number,
  groups?: readonly (string | number | undefined)[],
): SplitItems {
  const totals: number[] = new Array(labelCount).fill(0);
  const pairs = new Map<number, number>();
  const featuresOf = ({ labels }: SplitImage) => {
    const features = [...new Set(labels)].sort((a, b) => a - b);
    const single = features.length;
    for (let second = 1; second < single; second++) {
      for (let first = 0; first < second; first++) {
        const pair = features[first] * labelCount + features[second];
        let feature = pairs.get(pair);
        if (feature === undefined) pairs.set(pair, (feature = totals.push(0) - 1));
        features.push(feature);
      }
    }
    return features;
  };
  const byName = [...images.keys()].sort((a, b) => compareNames(images[a].name, images[b].name));
  const items = grouped(byName, groups).map((members): SplitItem => {
    const [first, ...others] = members.map((index) => featuresOf(images[index]));
    const counts = new Map(first.map((feature) => [feature, 1]));
    for (const features of others)
      for (const feature of features) counts.set(feature, (counts.get(feature) ?? 0) + 1);
    for (const [feature, count] of counts) totals[feature] += count;
    return {
      images: members,
      features: Uint32Array.from(counts.keys()),
      counts: Uint32Array.from(counts.values()),
    };
  });
  return { items, totals: Uint32Array.from(totals) };
}

/** By UTF-16 code units: the same on every machine. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Images with the same group together, in the order of the first of them. */
function grouped(
  order: readonly number[],
  groups: readonly (string | number | undefined)[] = [],
): readonly (readonly number[])[] {
  const members = new Map<string | number, number[]>();
  const all: number[][] = [];
  for (const index of order) {
    const group = groups[index];
    const others = group === undefined ? undefined : members.get(group);
    if (others) {
      others.push(index);
      continue;
    }
    const item = [index];
    all.push(item);
    if (group !== undefined) members.set(group, item);
  }
  return all;
}
