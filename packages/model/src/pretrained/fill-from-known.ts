import type { PixelNormalisation } from '@polytag/core';
import type { PartReference } from '../config/model-config.js';
import { fillOptions, written } from './agree-with-published.js';
import type { KnownWeights } from './known-files.js';

/** A setting of a config that is another than known weights were trained with. */
export interface DifferingSetting {
  /** `data.normalisation`, or the key of an option of the backbone, from the model's section on. */
  readonly key: string;
  readonly own: unknown;
  readonly trained: unknown;
}

/**
 * A backbone with what a file of known weights was trained with, where the config does not say it. What the config says
 * stays: weights that are named refuse it (`agreeWithPublished`), a file is the config's own affair.
 *
 * @param normalisation of the images, where the config says it
 * @returns also the settings of the config that are others
 */
export function fillFromKnown(
  backbone: PartReference,
  { layout, padding, epsilon, normalisation: trained }: KnownWeights,
  normalisation?: PixelNormalisation,
): { readonly backbone: PartReference; readonly differing: readonly DifferingSetting[] } {
  const expected = { layout, padding, epsilon, normalisation: written(trained) };
  const { filled, differing } = fillOptions('backbone', backbone, expected);
  const ofImages = normalisation && JSON.stringify(normalisation) !== JSON.stringify(trained);
  return {
    backbone: filled,
    differing: [
      ...differing
        // What the images get is what counts.
        .filter(({ key }) => key !== 'normalisation' || !normalisation)
        .map(({ key, own, trained: value }) => ({
          key: `backbone.options.${key}`,
          own: key === 'normalisation' ? written(own as PixelNormalisation) : own,
          trained: value,
        })),
      ...(ofImages
        ? [{ key: 'data.normalisation', own: written(normalisation), trained: written(trained) }]
        : []),
    ],
  };
}
