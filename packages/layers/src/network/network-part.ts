import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { callsOf, type Call, type Ends } from './calls-of.js';

/** What runs as a network: a tfjs `LayersModel`, or a part of one. */
export interface Network extends Ends {
  /** @param call handed to every layer, e.g. `training` and `step` */
  apply(inputs: Tensor | Tensor[], call?: object): Tensor | Tensor[] | SymbolicTensor | SymbolicTensor[];
}

/**
 * What lies between some tensors of a network and its outputs, with the network's own layers: the head without the
 * backbone. (A `LayersModel` can begin at input layers only.) It has a gradient.
 */
export class NetworkPart implements Network {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly #calls: readonly Call[];

  /** @param ends inputs in the middle of a network; everything that the outputs need must come from them */
  constructor({ inputs, outputs }: Ends) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#calls = callsOf({ inputs, outputs });
  }

  apply(inputs: Tensor | Tensor[], call: object = {}): Tensor | Tensor[] {
    const given = [inputs].flat() as Tensor[];
    return tidy(() => {
      const values = new Map(this.inputs.map(({ id }, i) => [id, given[i]]));
      for (const { layer, inputs: read, outputs: made } of this.#calls) {
        const arguments_ = read.map(({ id }) => values.get(id)!);
        const result = layer.apply(arguments_.length === 1 ? arguments_[0] : arguments_, { ...call });
        [result as Tensor | Tensor[]].flat().forEach((value, i) => values.set(made[i].id, value));
      }
      const results = this.outputs.map(({ id }) => values.get(id)!);
      return results.length === 1 ? results[0] : results;
    });
  }
}
