import type { Tensor } from '@tensorflow/tfjs-core';
import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
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
  return wholeOf(network).apply(inputs, call);
}

/** The layer that the NaN or infinite outputs of a network come from; see `NetworkPart.firstNotFinite`. */
export async function firstNotFinite(
  network: Network,
  inputs: Tensor | Tensor[],
  call: object,
): Promise<layers.Layer | undefined> {
  return wholeOf(network).firstNotFinite(inputs, call);
}

function wholeOf(network: Network): NetworkPart {
  const part = parts.get(network) ?? (network instanceof NetworkPart ? network : new NetworkPart(network));
  parts.set(network, part);
  return part;
}
