import { RandomStream } from '@polytag/core';

/**
 * Labels of images of which a share of all given ones was missed: drawn evenly, and absent afterwards.
 *
 * @param labelsOf indices of the labels of each image
 */
export function dropPositives(
  labelsOf: readonly (readonly number[])[],
  { share, seed }: { readonly share: number; readonly seed: number },
): readonly (readonly number[])[] {
  const given = labelsOf.flatMap((labels, image) => [...new Set(labels)].map((label) => ({ image, label })));
  const order = new RandomStream(seed, 'drop-positives').permutation(given.length);
  const dropped = new Set(
    Array.from(
      order.subarray(0, Math.round(share * given.length)),
      (i) => `${given[i].image} ${given[i].label}`,
    ),
  );
  return labelsOf.map((labels, image) => labels.filter((label) => !dropped.has(`${image} ${label}`)));
}
