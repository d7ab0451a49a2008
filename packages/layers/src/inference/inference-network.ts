// A network for inference only, made of another: its layers in the order in which they compute, each convolution or
// linear map in one with the batch norm and the activation that only it leads to.
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { lastReads, type Subgraph } from '../network/graph.js';
import { runLayer } from '../network/own-layers.js';
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
 * A network for inference. Batch norm is folded into the weights of the convolution or linear layer before it, and
 * activations run in the same pass; so does LayerScale. A layer is folded if its input has no other use and is not an
 * output of the network. Everything else (your own layers, subclasses, nested models) runs unchanged. The network
 * itself is not changed. Results agree within rounding.
 *
 * It may be a part of a network, from inner tensors to its outputs.
 *
 * The folded weights are copies: `current` tells whether they are up to date. `dispose` frees them.
 */
export class InferenceNetwork {
  readonly #network: Subgraph;
  readonly #steps: readonly Step[];
  readonly #fused: FusedLayer[] = [];

  constructor(network: Subgraph) {
    this.#network = network;
    this.#steps = this.#plan();
  }

  /** False after a folded weight or statistic of the network has changed: fold it again. */
  get current(): boolean {
    return this.#fused.every((layer) => layer.current);
  }

  /**
   * Computes the network's outputs, in order, like `network.apply(inputs, { training: false })`. There is no gradient.
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

  /** Name of the first layer whose folded weights hold NaN or infinity, if there is one. */
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
      const run = (values: Tensor[]) =>
        runLayer(layer, () => layer.apply(values, { training: false }) as Tensor | Tensor[]);
      return { ...common, run };
    }
    const fused = new FusedLayer(layer, followers);
    this.#fused.push(fused);
    return { ...common, run: ([x]) => fused.call(x) };
  }
}
