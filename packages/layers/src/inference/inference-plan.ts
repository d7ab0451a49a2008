import type { layers } from '@tensorflow/tfjs-layers';
import { topologicalOrder, type NetworkNode, type Subgraph } from '../network/graph.js';
import { foldable, isLinearMap } from './fused-layer.js';

/** One step of inference: a layer, with the following layers that are folded into it. Edges are given by their ids. */
export interface InferenceStep {
  readonly layer: layers.Layer;
  /** What follows a convolution or linear map, that only it leads to: the batch norm, the activation or both, or LayerScale. */
  readonly followers: readonly layers.Layer[];
  readonly inputs: readonly number[];
  /** Outputs of the last follower, if there are any. */
  readonly outputs: readonly number[];
  /** Shape of the first output; dynamic sizes are null. */
  readonly outputShape: readonly (number | null)[];
}

/** The steps of a network in inference, in topological order. */
export function inferencePlan(network: Subgraph): InferenceStep[] {
  const nodes = topologicalOrder(network);
  const readers = new Map<number, NetworkNode[]>();
  for (const node of nodes) {
    for (const { id } of node.inputs) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  const isOutput = (id: number) => network.outputs.some((output) => output.id === id);
  /** The node that alone reads a node's result. */
  const follower = (node: NetworkNode): NetworkNode | undefined => {
    const [{ id }, ...others] = node.outputs;
    const [reader, ...more] = readers.get(id) ?? [];
    return others.length > 0 || more.length > 0 || isOutput(id) ? undefined : reader;
  };
  const folded = new Set<NetworkNode>();
  return nodes.flatMap((node) => {
    if (folded.has(node)) return [];
    const next = chain(node, follower);
    const taken = isLinearMap(node.layer) ? next.slice(0, foldable(next.map(({ layer }) => layer))) : [];
    for (const one of taken) folded.add(one);
    const made = (taken.at(-1) ?? node).outputs;
    return {
      layer: node.layer,
      followers: taken.map(({ layer }) => layer),
      inputs: node.inputs.map(({ id }) => id),
      outputs: made.map(({ id }) => id),
      outputShape: made[0].shape,
    };
  });
}

/** The two nodes after one, as far as each has one reader. */
function chain(node: NetworkNode, follower: (node: NetworkNode) => NetworkNode | undefined): NetworkNode[] {
  const first = follower(node);
  const second = first && follower(first);
  return [first, second].filter((one) => one !== undefined);
}
