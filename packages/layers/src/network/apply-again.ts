import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { topologicalOrder, type Subgraph } from './graph.js';

/**
 * Applies the layers of a subgraph to other inputs, sharing their weights: the same network on another image. The
 * inputs may have another size if the layers accept it.
 *
 * tfjs frees the weights of a layer after as many disposals as applications, and a network disposes each of its layers
 * once. Therefore this application is not counted.
 *
 * @param inputs in the order of the subgraph's inputs
 * @returns its outputs, in order
 */
export function applyAgain(subgraph: Subgraph, inputs: readonly SymbolicTensor[]): SymbolicTensor[] {
  const edges = new Map(subgraph.inputs.map(({ id }, i) => [id, inputs[i]]));
  for (const node of topologicalOrder(subgraph)) {
    const given = node.inputs.map(({ id }) => edges.get(id)!);
    const made = [node.layer.apply(given.length === 1 ? given[0] : given)].flat() as SymbolicTensor[];
    for (const [i, { id }] of node.outputs.entries()) edges.set(id, made[i]);
    node.layer.dispose();
  }
  return subgraph.outputs.map(({ id }) => edges.get(id)!);
}
