import type { PixelNormalisation } from '@polytag/core';
import type { PartReference } from '../config/model-config.js';
import { fillOptions, written } from './agree-with-published.js';
import type { KnownWeights } from './known-files.js';

/** A setting of a config that differs from the one that known weights were trained with. */
export interface DifferingSetting {
  /** `data.normalisation`, or the key of a backbone option, relative to the model section. */
  readonly key: string;
  readonly own: unknown;
  readonly trained: unknown;
}

/**
 * Completes a backbone's options with those that a file of known weights was trained with. Settings in the config win:
 * only weights given by name are checked against the config (`agreeWithPublished`).
 *
 * @param normalisation pixel normalisation in the config, if set
 * @returns the backbone, and the settings of the config that differ
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
