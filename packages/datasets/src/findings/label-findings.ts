import { lookAlikes } from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';

/** Possible problems with the labels of a data set. */
export interface LabelFindings {
  /** Labels with few images, but at least one; rarest first. */
  readonly rare: readonly { readonly label: string; readonly images: number }[];
  /** Sets of two or more labels that always occur together: a network cannot learn to distinguish them. */
  readonly alwaysTogether: readonly { readonly labels: readonly string[]; readonly images: number }[];
  /** Labels that differ only in case, Unicode form, white space or invisible characters. */
  readonly lookAlikes: readonly (readonly string[])[];
}

/** Labels with fewer images are {@link LabelFindings.rare}. */
export const FEW_IMAGES = 10;

export function labelFindings({ labels: { names }, images }: LabelledDataset): LabelFindings {
  const imagesOf: number[][] = names.map(() => []);
  images.forEach(({ labels }, i) => {
    for (const label of new Set(labels)) imagesOf[label].push(i);
  });
  const sets = new Map<string, number[]>();
  imagesOf.forEach((having, label) => {
    if (having.length < 2) return;
    const key = having.join();
    const same = sets.get(key);
    if (same) same.push(label);
    else sets.set(key, [label]);
  });
  return {
    rare: imagesOf
      .map((having, label) => ({ label: names[label], images: having.length }))
      .filter((one) => one.images > 0 && one.images < FEW_IMAGES)
      .sort((a, b) => a.images - b.images),
    alwaysTogether: [...sets.values()]
      .filter((same) => same.length > 1)
      .map((same) => ({
        labels: same.map((label) => names[label]),
        images: imagesOf[same[0]].length,
      }))
      .sort((a, b) => b.images - a.images),
    lookAlikes: lookAlikes(names),
  };
}
