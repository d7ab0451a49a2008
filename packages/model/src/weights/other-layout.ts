import { CheckpointError } from '@polytag/core';
import { parametersOf } from '@polytag/layers';
import { input, model as layersModel } from '@tensorflow/tfjs-layers';
import type { MultiLabelModel } from '../multi-label-model.js';
import { matchKeys } from './match-keys.js';

/** The side of images on which a backbone is built to see its keys, pixels. */
const SIDE = 64;

/**
 * The other layout of a model's backbone whose keys and shapes a file has, all of them. Only backbones that have an option
 * `layout` have one.
 */
export async function fittingLayout(
  { parts: { backbone } }: MultiLabelModel,
  stored: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): Promise<string | undefined> {
  const { definition, options } = backbone;
  const shape = 'shape' in definition.options ? (definition.options.shape as Record<string, unknown>) : {};
  for (const layout of choicesOf(shape['layout'])) {
    if (layout === options['layout']) continue;
    // An option that this layout has not would hide it.
    const asked = definition.options.safeParse({ widthMultiplier: options['widthMultiplier'], layout });
    if (!asked.success) continue;
    const image = input({ shape: [SIDE, SIDE, 3] });
    const network = layersModel({ inputs: image, outputs: definition.create(asked.data).apply(image) });
    const { missing, mismatched } = matchKeys(parametersOf(network), stored);
    network.dispose();
    if (missing.length === 0 && mismatched.length === 0) return layout;
  }
  return undefined;
}

/** Of an enumeration of zod, under its default. */
function choicesOf(schema: unknown): readonly string[] {
  const { unwrap, options } = (schema ?? {}) as { unwrap?: () => unknown; options?: unknown };
  if (Array.isArray(options)) return options as string[];
  return unwrap ? choicesOf((schema as { unwrap: () => unknown }).unwrap()) : [];
}

/** @param place of the model in the config */
export function otherLayout(
  path: string,
  { parts }: MultiLabelModel,
  layout: string,
  place: string,
): CheckpointError {
  const { definition, options } = parts.backbone;
  return new CheckpointError(
    'checkpoint/other-layout',
    `${path} has the key names of layout "${layout}" of ${definition.name}, but the config has layout "${String(options['layout'])}".`,
    { hint: `Add --set ${place}.backbone.options.layout=${layout}` },
  );
}
