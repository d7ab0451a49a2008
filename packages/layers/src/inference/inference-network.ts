// A network for inference only, made of another: its layers in the order in which they compute, each convolution or
// linear map in one with the batch norm and the activation that only it leads to.
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { lastReads, type Subgraph } from '../network/graph.js';
import { FusedLayer, isLinearMap } from './fused-layer.js';
import { inferencePlan, type InferenceStep } from './inference-plan.js';

interface Step {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  run(inputs: Tensor[]): Tensor | Tensor[];
  /** Tensors that no later step reads. */
  readonly last: number[];
}

/**
 * Folds what inference can do without: a batch norm goes into the weights of the convolution or linear map before it,
 * and its activation, or an activation layer's, is applied in the same pass; so does LayerScale. Done where the map's result has no other
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
    const steps = inferencePlan(this.#network).map((step) => this.#step(step));
    lastReads(this.#network, steps).forEach((last, i) => steps[i].last.push(...last));
    return steps;
  }

  #step({ layer, followers, inputs, outputs }: InferenceStep): Step {
    const common = { inputs, outputs, last: [] };
    if (followers.length === 0 || !isLinearMap(layer)) {
      const run = (values: Tensor[]) => layer.apply(values, { training: false }) as Tensor | Tensor[];
      return { ...common, run };
    }
    const fused = new FusedLayer(layer, followers);
    this.#fused.push(fused);
    return { ...common, run: ([x]) => fused.call(x) };
  }
}
