import { publishedWeights, type PublishedWeights } from '@polytag/backbones/presets';
import { nearest, UsageError } from '@polytag/core';
import type { PartReference } from '../config/model-config.js';
import type { ModelPlace } from './agree-with-published.js';

/** Whether published weights of any backbone have this name. */
export const isPublishedName = (name: string): boolean => publishedWeights.some((row) => row.name === name);

/**
 * Finds the published weights that a config names for its backbone. If there are several, the ones with the layout and
 * width of the config, or else the first.
 *
 * @throws UsageError `usage/unknown-weights`
 */
export function findPublished(backbone: PartReference, name: string, place: ModelPlace): PublishedWeights {
  const where = `${place.source}: "${place.path}.weights"`;
  const known = 'name' in backbone ? publishedWeights.filter((row) => row.backbone === backbone.name) : [];
  const named = known.filter((row) => row.name === name);
  const { options = {} } = backbone;
  const found = named.find(
    ({ layout, widthMultiplier = 1 }) =>
      (layout === undefined || (options['layout'] ?? layout) === layout) &&
      (options['widthMultiplier'] ?? 1) === widthMultiplier,
  );
  if (found) return found;
  const own = 'module' in backbone;
  const what = own ? `the module ${backbone.module}` : backbone.name;
  if (named.length > 0) {
    throw new UsageError(
      'usage/unknown-weights',
      `${where} is "${name}": ${what} has no weights of that name in this layout and width.`,
      { hint: `Published: ${named.map(variant).join('; ')}.` },
    );
  }
  const names = [...new Set(known.map((row) => row.name))];
  const meant = nearest(name, names);
  const hints = [
    ...(meant ? [`Did you mean "${meant}"?`] : []),
    ...(names.length > 0 ? [`Published: ${names.join(', ')}.`] : []),
    `For a file, write its folder or extension: ./${name}, ${name}.pth.`,
  ];
  throw new UsageError(
    'usage/unknown-weights',
    `${where} is "${name}": ${what} has no weights of that name.`,
    { hint: hints.join(' ') },
  );
}

const variant = ({ layout, widthMultiplier = 1 }: PublishedWeights): string =>
  [...(layout === undefined ? [] : [`layout ${layout}`]), `widthMultiplier ${widthMultiplier}`].join(', ');
