import type { LabelledImage, LabelledImages } from './labelled-dataset.js';

/** Writes what is true of one image: from `at` on, 1 for a label that is present and −1 for one that is unknown. The rest stays. */
export function writeTargets(
  { labels, unknown }: LabelledImage,
  targets: Float32Array | Int8Array,
  at: number,
): void {
  for (const label of unknown ?? []) targets[at + label] = -1;
  for (const label of labels) targets[at + label] = 1;
}

/** Targets of a data set: [N, K], row-major, 1 present, 0 absent, −1 unknown. One byte per element. */
export function targetsOf({ labels, images }: LabelledImages): Int8Array {
  const targets = new Int8Array(images.length * labels.size);
  images.forEach((image, i) => writeTargets(image, targets, i * labels.size));
  return targets;
}
