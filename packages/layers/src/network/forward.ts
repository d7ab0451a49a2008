import type { Tensor } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { NetworkPart, type Network } from './network-part.js';

const parts = new WeakMap<Network, NetworkPart>();

/**
 * Forward pass for training, like `network.apply(inputs, call)`, in less memory. tfjs keeps the result of every layer
 * until the pass ends; this keeps only what later layers read and gradients need. Subclasses of `LayersModel` run
 * unchanged.
 *
 * @param call arguments for every layer, e.g. `training` and `step`
 */
export function forward(network: Network, inputs: Tensor | Tensor[], call: object): Tensor | Tensor[] {
  if (network.constructor !== LayersModel) return network.apply(inputs, call) as Tensor | Tensor[];
  const part = parts.get(network) ?? new NetworkPart(network);
  parts.set(network, part);
  return part.apply(inputs, call);
}
