// A network for inference only, made of another: its layers in the order in which they compute, each convolution or
// linear map in one with the batch norm and the activation that only it leads to.
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { topologicalOrder, lastReads, type NetworkNode, type Subgraph } from '../network/graph.js';
import { foldable, FusedLayer, isLinearMap } from './fused-layer.js';

interface Step {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  run(inputs: Tensor[]): Tensor | Tensor[];
  /** Tensors that no later step reads. */
  readonly last: number[];
}

/**
 * Folds what inference can do without: a batch norm goes into the weights of the convolution or linear map before it,
 * and its activation, or an activation layer's, is applied in the same pass. Done where the map's result has no other
 * use and is no output of the network; everything else (layers of one's own, subclasses, models in the model) runs as it
 * is. The network itself is not changed. Results agree within rounding.
 *
 * It may be a part of a network, from tensors in its middle to its outputs.
 *
 * The folded weights are copies: `current` tells whether they still are the network's. `dispose` frees them.
 */
export class InferenceNetwork {
  readonly #network: Subgraph;
  readonly #steps: readonly Step[];
  readonly #fused: FusedLayer[] = [];

  constructor(network: Subgraph) {
    this.#network = network;
    this.#steps = this.#plan();
  }

  /** False after a folded weight or statistic of the network was assigned or updated: fold it again. */
  get current(): boolean {
    return this.#fused.every((layer) => layer.current);
  }

  /**
   * The network's outputs for its inputs, in their order, as `network.apply(inputs, { training: false })` gives them.
   * It has no gradient.
   */
  apply(inputs: Tensor | readonly Tensor[]): Tensor[] {
    const given = [inputs].flat() as Tensor[];
    const outputs = this.#network.outputs.map(({ id }) => id);
    return tidy(() => {
      const values = new Map(this.#network.inputs.map(({ id }, i) => [id, given[i]]));
      for (const step of this.#steps) {
        const results = [step.run(step.inputs.map((id) => values.get(id)!))].flat();
        step.outputs.forEach((id, i) => values.set(id, results[i]));
        for (const id of step.last) {
          values.get(id)!.dispose();
          values.delete(id);
        }
      }
      return outputs.map((id) => values.get(id)!);
    });
  }

  /** Name of the first layer whose folded weights hold NaN or infinity, where there is one. */
  notFinite(): string | undefined {
    return this.#fused.find((layer) => !layer.isFinite())?.name;
  }

  /** Frees the folded weights. The network keeps its own. */
  dispose(): void {
    for (const layer of this.#fused) layer.dispose();
    this.#fused.length = 0;
  }

  #plan(): Step[] {
    const { outputs } = this.#network;
    const nodes = topologicalOrder(this.#network);
    const readers = new Map<number, NetworkNode[]>();
    for (const node of nodes) {
      for (const { id } of node.inputs) readers.set(id, [...(readers.get(id) ?? []), node]);
    }
    const isOutput = (id: number) => outputs.some((output) => output.id === id);
    /** The node that alone reads a node's result. */
    const follower = (node: NetworkNode): NetworkNode | undefined => {
      const [{ id }, ...others] = node.outputs;
      const [reader, ...more] = readers.get(id) ?? [];
      return others.length > 0 || more.length > 0 || isOutput(id) ? undefined : reader;
    };
    const folded = new Set<NetworkNode>();
    const steps = nodes.flatMap((node): Step[] => {
      if (folded.has(node)) return [];
      const followers = chain(node, follower);
      const taken = isLinearMap(node.layer)
        ? followers.slice(0, foldable(followers.map(({ layer }) => layer)))
        : [];
      for (const one of taken) folded.add(one);
      return [this.#step(node, taken)];
    });
    lastReads(this.#network, steps).forEach((last, i) => steps[i].last.push(...last));
    return steps;
  }

  #step({ layer, inputs, outputs }: NetworkNode, taken: readonly NetworkNode[]): Step {
    const ids = (tensors: readonly SymbolicTensor[]) => tensors.map(({ id }) => id);
    const common = { inputs: ids(inputs), last: [] };
    if (taken.length === 0 || !isLinearMap(layer)) {
      const run = (values: Tensor[]) => layer.apply(values, { training: false }) as Tensor | Tensor[];
      return { ...common, outputs: ids(outputs), run };
    }
    const fused = new FusedLayer(
      layer,
      taken.map((node) => node.layer),
    );
    this.#fused.push(fused);
    return { ...common, outputs: ids(taken[taken.length - 1].outputs), run: ([x]) => fused.call(x) };
  }
}

/** The two nodes after one, as far as each has one reader. */
function chain(node: NetworkNode, follower: (node: NetworkNode) => NetworkNode | undefined): NetworkNode[] {
  const first = follower(node);
  const second = first && follower(first);
  return [first, second].filter((one) => one !== undefined);
}
