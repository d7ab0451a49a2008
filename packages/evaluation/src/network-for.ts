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
