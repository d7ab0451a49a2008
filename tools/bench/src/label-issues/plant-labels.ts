import { RandomStream } from '@polytag/core';

/** A label that was made wrong. */
export interface PlantedLabel {
  /** Position of the image. */
  readonly image: number;
  readonly label: number;
  /** It was added where it is absent, or removed where it is present. */
  readonly kind: 'extra' | 'missing';
}

/**
 * Makes labels of a data set wrong: a share of all given labels is removed, drawn evenly, and as many absent ones are
 * added, the label drawn by its frequency and then an image that does not have it.
 *
 * @param labelsOf indices of the labels of each image
 * @returns what was planted, and the labels of each image afterwards
 */
export function plantLabels(
  labelsOf: readonly (readonly number[])[],
  { share, seed }: { readonly share: number; readonly seed: number },
): { readonly planted: readonly PlantedLabel[]; readonly labels: readonly (readonly number[])[] } {
  const random = new RandomStream(seed, 'plant-labels');
  const given = labelsOf.flatMap((labels, image) => [...new Set(labels)].map((label) => ({ image, label })));
  const count = Math.round(share * given.length);
  const order = random.permutation(given.length);
  const missing = Array.from(order.subarray(0, count), (i) => given[i]);
  const taken = new Set(given.map(({ image, label }) => `${image} ${label}`));
  const extra: { image: number; label: number }[] = [];
  while (extra.length < count) {
    const { label } = given[random.integer(given.length)];
    const image = random.integer(labelsOf.length);
    if (taken.has(`${image} ${label}`)) continue;
    taken.add(`${image} ${label}`);
    extra.push({ image, label });
  }
  const labels = labelsOf.map((own) => [...own]);
  for (const { image, label } of missing) labels[image] = labels[image].filter((one) => one !== label);
  for (const { image, label } of extra) labels[image].push(label);
  return {
    planted: [
      ...missing.map((one) => ({ ...one, kind: 'missing' as const })),
      ...extra.map((one) => ({ ...one, kind: 'extra' as const })),
    ],
    labels,
  };
}
