import { UsageError, type InputKind } from '@polytag/core';
import type { Network } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';

/** A model as far as its network is concerned. `headNetwork` is needed for batches of feature maps. */
export type NetworkHolder = Pick<MultiLabelModel, 'network'> & Partial<Pick<MultiLabelModel, 'headNetwork'>>;

/**
 * What of a model computes with inputs of a kind: all of it with images, its head with feature maps.
 *
 * @throws UsageError `usage/no-head-network`
 */
export function networkFor({ network, headNetwork }: NetworkHolder, kind: InputKind): Network {
  if (kind === 'images') return network;
  if (headNetwork) return headNetwork;
  throw new UsageError(
    'usage/no-head-network',
    'Batches hold feature maps, and the model has no headNetwork.',
    {
      hint: 'Give a model of buildModel or loadModel, or one with a `headNetwork` beside its `network`.',
    },
  );
}
