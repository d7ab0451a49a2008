import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

// A network as a graph: its nodes are applications of layers, its edges the symbolic tensors between them.

/** One application of a layer. A layer applied twice, with shared weights, has two nodes. */
export interface NetworkNode {
  readonly layer: layers.Layer;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** A network or a part of one, given by its first and last edges. A `LayersModel` is one. */
export interface Subgraph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** The nodes between inputs and outputs, in topological order. */
export function topologicalOrder({ inputs, outputs }: Subgraph): NetworkNode[] {
  const nodes: NetworkNode[] = [];
  const seen = new Set(inputs.map(({ id }) => id));
  // Not recursive: a network may be deeper than the call stack.
  const open = [...outputs];
  while (open.length > 0) {
    const edge = open[open.length - 1];
    if (seen.has(edge.id)) {
      open.pop();
      continue;
    }
    const unknown = edge.inputs.filter(({ id }) => !seen.has(id));
    if (unknown.length > 0) {
      open.push(...unknown);
      continue;
    }
    const made = edge.sourceLayer.inboundNodes[edge.nodeIndex].outputTensors;
    nodes.push({ layer: edge.sourceLayer, inputs: edge.inputs, outputs: made });
    for (const { id } of made) seen.add(id);
  }
  return nodes;
}

/**
 * Uncounts the applications of layers that a subgraph has and a network lacks. tfjs frees the weights of a layer after
 * as many disposals as applications, and a network disposes each of its layers once.
 */
export function releaseBeside(network: Subgraph, subgraph: Subgraph): void {
  const edge = ({ outputs: [{ id }] }: NetworkNode) => id;
  const kept = new Set(topologicalOrder(network).map(edge));
  for (const node of topologicalOrder(subgraph)) if (!kept.has(edge(node))) node.layer.dispose();
}

/**
 * For each node the edges, by id, that no later one reads: their values can be freed after it. Inputs, which are the
 * caller's, and outputs are never among them.
 *
 * @param nodes in topological order, with the ids of their edges
 */
export function lastReads(
  { inputs, outputs }: Subgraph,
  nodes: readonly { readonly inputs: readonly number[]; readonly outputs: readonly number[] }[],
): number[][] {
  const kept = new Set([...inputs, ...outputs].map(({ id }) => id));
  // Backwards: the first reader met is the last one.
  const reads = [...nodes].reverse().map((node) => {
    const last: number[] = [];
    for (const id of [...node.inputs, ...node.outputs]) {
      if (!kept.has(id)) last.push(id);
      kept.add(id);
    }
    return last;
  });
  return reads.reverse();
}
