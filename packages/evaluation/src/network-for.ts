import { UsageError, type InputKind } from '@polytag/core';
import type { Network } from '@polytag/layers';

/** The networks of a model. A `MultiLabelModel` has both. */
export interface ModelNetworks {
  /** [B, H, W, 3] -> [B, K] */
  readonly network: Network;
  /** Feature maps [B, h, w, C] -> [B, K]. Needed for batches of feature maps. */
  readonly headNetwork?: Network;
}

/**
 * The network for a kind of input: the whole model for images, its head for feature maps.
 *
 * @throws UsageError `usage/no-network`, `usage/no-head-network`
 */
export function networkFor({ network, headNetwork }: Partial<ModelNetworks>, kind: InputKind): Network {
  if (kind === 'images' && network) return network;
  if (kind !== 'images' && headNetwork) return headNetwork;
  const missing = kind === 'images' ? 'network' : 'headNetwork';
  throw new UsageError(
    kind === 'images' ? 'usage/no-network' : 'usage/no-head-network',
    `Batches contain ${kind === 'images' ? 'images' : 'feature maps'}, but the model has no ${missing}.`,
    { hint: `Use a model from buildModel or loadModel, or one with a \`${missing}\`.` },
  );
}

/**
 * [height, width, channels] of the inputs of a kind, null for what may differ; undefined for a model without such a
 * network. A head that reads only the mean takes feature maps of any size.
 */
export function inputShapeOf(
  { network, headNetwork }: Partial<ModelNetworks>,
  kind: InputKind,
): readonly (number | null)[] | undefined {
  const shape = (kind === 'images' ? network : headNetwork)?.inputs?.[0]?.shape.slice(1);
  return kind === 'images' ? shape : shape?.map((length, i) => (i < 2 ? null : length));
}
