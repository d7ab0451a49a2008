import type { PublishedWeights } from '@polytag/backbones/presets';
import { normalisationName, UsageError, type PixelNormalisation } from '@polytag/core';
import { builtInParts } from '../config/built-in-parts.js';
import type { PartReference, PartsConfig } from '../config/model-config.js';

/** Settings of a config that published weights determine. */
export interface PublishedUse extends PartsConfig {
  /** Whether the whole published model is used, with its head. */
  readonly whole: boolean;
  /** Pixel normalisation in the config, if set. */
  readonly normalisation?: PixelNormalisation;
}

/** Place of a model section in a config. */
export interface ModelPlace {
  /** Name of the config in errors, e.g. its file name. */
  readonly source: string;
  /** E.g. `model` or `mutual.models.0`. */
  readonly path: string;
}

/**
 * Completes the parts of a model with the options that its published weights were trained with.
 *
 * @throws UsageError `usage/weights-differ` if the config contradicts them
 */
export function agreeWithPublished(
  { backbone, head, views, whole, normalisation }: PublishedUse,
  row: PublishedWeights,
  place: ModelPlace,
): PartsConfig {
  if (normalisation && !same(normalisation, row.normalisation))
    throw differs(row, place, 'data.normalisation', normalisation, written(row.normalisation));
  const { layout, widthMultiplier = 1, padding, epsilon } = row;
  const normalised = written(row.normalisation);
  const ofBackbone = { layout, widthMultiplier, padding, epsilon, normalisation: normalised };
  return {
    backbone: agree('backbone', backbone, ofBackbone, row, place),
    head: whole && row.head ? agreeHead(head, row.head, row, place) : head,
    ...(views && { views }),
  };
}

function agreeHead(
  head: PartReference,
  published: NonNullable<PublishedWeights['head']>,
  row: PublishedWeights,
  place: ModelPlace,
): PartReference {
  const own = 'name' in head ? head.name : head.module;
  if (own !== published.name) throw differs(row, place, `${place.path}.head.name`, own, published.name);
  return agree('head', head, published.options, row, place);
}

/** Fills in options that the part has, and refuses others that the config says. */
function agree(
  kind: 'backbone' | 'head',
  part: PartReference,
  expected: Readonly<Record<string, unknown>>,
  row: PublishedWeights,
  place: ModelPlace,
): PartReference {
  const { filled, differing } = fillOptions(kind, part, expected);
  if (differing.length === 0) return filled;
  const [{ key, own, trained }] = differing;
  throw differs(row, place, `${place.path}.${kind}.options.${key}`, own, trained);
}

/** An option of a config that is another than weights were trained with. */
export interface DifferingOption {
  readonly key: string;
  readonly own: unknown;
  readonly trained: unknown;
}

/**
 * A part with the options that weights were trained with, where the part has them and the config leaves them out, and
 * those that the config says otherwise.
 *
 * @param expected undefined: not known
 */
export function fillOptions(
  kind: 'backbone' | 'head',
  part: PartReference,
  expected: Readonly<Record<string, unknown>>,
): { readonly filled: PartReference; readonly differing: readonly DifferingOption[] } {
  const asIs = { filled: part, differing: [] };
  const definition = builtInParts.find(
    (one) => one.kind === kind && 'name' in part && one.name === part.name,
  );
  if (!definition || !('shape' in definition.options)) return asIs;
  const has = definition.options.shape as object;
  const given = definition.options.safeParse(part.options ?? {});
  // What is wrong with them is told where the part is made.
  if (!given.success) return asIs;
  const known = Object.entries(expected).filter(([key, value]) => value !== undefined && key in has);
  const settled = definition.options.parse({ ...part.options, ...Object.fromEntries(known) });
  const differing = known.flatMap(([key, trained]): DifferingOption[] => {
    const [own, published] = [given.data, settled].map(
      (options) => (options as Record<string, unknown>)[key],
    );
    return part.options && key in part.options && !same(own, published) ? [{ key, own, trained }] : [];
  });
  return { filled: { ...part, options: { ...Object.fromEntries(known), ...part.options } }, differing };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** How a config writes a normalisation. */
export const written = (normalisation: PixelNormalisation): string | PixelNormalisation =>
  normalisationName(normalisation) ?? normalisation;

function differs(
  row: PublishedWeights,
  { source, path }: ModelPlace,
  key: string,
  own: unknown,
  published: unknown,
): UsageError {
  return new UsageError(
    'usage/weights-differ',
    `${source}: "${key}" is ${JSON.stringify(own)}, but the weights "${row.name}" were trained with ${JSON.stringify(published)}.`,
    {
      hint: `Remove the setting: the right value is the default. To use these weights anyway, give the URL instead of the name: --set ${path}.weights=${row.address}`,
    },
  );
}
