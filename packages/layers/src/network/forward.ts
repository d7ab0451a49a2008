import type { Tensor } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { NetworkPart, type Network } from './network-part.js';

const parts = new WeakMap<Network, NetworkPart>();

/**
 * `network.apply(inputs, call)`, for training, in less memory: tfjs holds the result of every layer until the pass ends, this
 * only what a later layer reads and what gradients saved. Subclasses of `LayersModel` run as they are.
 *
 * @param call handed to every layer, e.g. `training` and `step`
 */
export function forward(network: Network, inputs: Tensor | Tensor[], call: object): Tensor | Tensor[] {
  if (network.constructor !== LayersModel) return network.apply(inputs, call) as Tensor | Tensor[];
  const part = parts.get(network) ?? new NetworkPart(network);
  parts.set(network, part);
  return part.apply(inputs, call);
}
