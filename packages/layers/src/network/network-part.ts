import { any, isInf, isNaN, keep, stack, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../parameters/parametric-layer.js';
import { nameInKeys } from '../parameters/parameters-of.js';
import { runLayer } from './own-layers.js';
import { topologicalOrder, lastReads, type NetworkNode, type Subgraph } from './graph.js';

/** A tfjs `LayersModel`, or a part of one. */
export interface Network extends Subgraph {
  /**
   * @param call arguments for every layer, e.g. `training` and `step`
   */
  apply(inputs: Tensor | Tensor[], call?: object): Tensor | Tensor[] | SymbolicTensor | SymbolicTensor[];
}

/**
 * The part of a network between inner tensors and its outputs, with shared layers, such as the head without the
 * backbone. (A `LayersModel` can begin at input layers only.) It has a gradient. The result of a layer is disposed
 * after its last use; gradients save what they need.
 */
export class NetworkPart implements Network {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly #nodes: readonly NetworkNode[];
  readonly #lastReads: readonly (readonly number[])[];

  /**
   * @param ends inner tensors of a network that are the inputs; the outputs must depend on nothing else
   */
  constructor({ inputs, outputs }: Subgraph) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#nodes = topologicalOrder({ inputs, outputs });
    const ids = (tensors: readonly SymbolicTensor[]) => tensors.map(({ id }) => id);
    this.#lastReads = lastReads(
      this,
      this.#nodes.map((one) => ({ inputs: ids(one.inputs), outputs: ids(one.outputs) })),
    );
  }

  apply(inputs: Tensor | Tensor[], call: CallArguments = {}): Tensor | Tensor[] {
    return this.#walk(inputs, call, () => undefined);
  }

  /**
   * Finds the layer that the NaN or infinite outputs come from: one that gives them for finite inputs. Where the outputs
   * are finite, the first that gives NaN, which a later layer swallowed, as a maximum does.
   *
   * @returns undefined if all is finite, or if the inputs are not
   */
  async firstNotFinite(
    inputs: Tensor | Tensor[],
    call: CallArguments = {},
  ): Promise<layers.Layer | undefined> {
    const seen: [id: number, states: Tensor][] = [];
    // Read at the end: an engine may have to wait for its values.
    tidy(() => {
      this.#walk(inputs, call, (id, value) => {
        seen.push([id, keep(tidy(() => stack([any(isNaN(value)), any(isInf(value))])))]);
      });
    });
    const states = new Map<number, State>();
    for (const [id, flags] of seen) {
      const [nan, infinite] = await flags.data();
      states.set(id, nan ? 'NaN' : infinite ? 'infinite' : 'finite');
      flags.dispose();
    }
    const of = ({ id }: SymbolicTensor): State => states.get(id) ?? 'finite';
    // Upwards, from a bad output to the bad input that explains it best.
    const swallowed = this.#nodes.flatMap(({ outputs }) => outputs).find((edge) => of(edge) === 'NaN');
    let at = worst(this.outputs, of) ?? swallowed;
    for (
      let node;
      at && (node = this.#nodes.find(({ outputs }) => outputs.some(({ id }) => id === at!.id)));
    ) {
      const before = worst(node.inputs, of);
      if (!before) return node.layer;
      at = before;
    }
    return undefined;
  }

  /** Runs the layers in order; `visit` sees the value of every edge. */
  #walk(
    inputs: Tensor | Tensor[],
    call: CallArguments,
    visit: (id: number, value: Tensor) => void,
  ): Tensor | Tensor[] {
    const given = [inputs].flat() as Tensor[];
    return tidy(() => {
      const values = new Map(this.inputs.map(({ id }, i) => [id, given[i]]));
      values.forEach((value, id) => visit(id, value));
      for (const [i, { layer, inputs: read, outputs: made }] of this.#nodes.entries()) {
        const arguments_ = read.map(({ id }) => values.get(id)!);
        const result = runLayer(layer, () =>
          layer.apply(arguments_.length === 1 ? arguments_[0] : arguments_, this.#callOf(layer, call)),
        );
        [result as Tensor | Tensor[]].flat().forEach((value, k) => {
          values.set(made[k].id, value);
          visit(made[k].id, value);
        });
        for (const id of this.#lastReads[i]) {
          values.get(id)!.dispose();
          values.delete(id);
        }
      }
      const results = this.outputs.map(({ id }) => values.get(id)!);
      return results.length === 1 ? results[0] : results;
    });
  }

  /** tfjs's own batch norm knows nothing of being frozen: it is told that this is no training. */
  #callOf(layer: NetworkNode['layer'], call: CallArguments): object {
    const still =
      layer.getClassName() === 'BatchNormalization' && call.frozenBatchNorms?.has(nameInKeys(layer));
    return still ? { ...call, training: false } : { ...call };
  }
}

type State = 'finite' | 'infinite' | 'NaN';

/** The first edge that is NaN, or else the first that is infinite, which NaN may come from. */
const worst = (
  edges: readonly SymbolicTensor[],
  of: (edge: SymbolicTensor) => State,
): SymbolicTensor | undefined =>
  edges.find((edge) => of(edge) === 'NaN') ?? edges.find((edge) => of(edge) === 'infinite');
