import { type Tensor, type Variable, variable, zerosLike } from '@tensorflow/tfjs-core';
import { CheckpointError } from '@polytag/core';
import { variableOf } from '@polytag/layers';
import type { ParameterGroup } from './parameter-groups.js';

/** A zero-filled variable beside each parameter: a velocity or a moment, named `<name>/<parameter key>`. */
export class Moments {
  readonly #byVariable = new Map<Variable, Variable>();
  readonly #byName = new Map<string, Variable>();

  constructor(name: string, groups: readonly ParameterGroup[]) {
    for (const parameter of groups.flatMap((group) => group.parameters)) {
      const weight = variableOf(parameter);
      const zeros = zerosLike(weight);
      const moment = variable(zeros, false);
      zeros.dispose();
      this.#byVariable.set(weight, moment);
      this.#byName.set(`${name}/${parameter.key}`, moment);
    }
  }

  of(weight: Variable): Variable {
    return this.#byVariable.get(weight)!;
  }

  get named(): ReadonlyMap<string, Tensor> {
    return this.#byName;
  }

  /** @throws CheckpointError `checkpoint/optimiser-state` when a tensor is missing or has another shape */
  restore(tensors: ReadonlyMap<string, Tensor>): void {
    for (const [name, moment] of this.#byName) {
      const saved = tensors.get(name);
      if (!saved || saved.shape.join() !== moment.shape.join()) {
        throw new CheckpointError(
          'checkpoint/optimiser-state',
          `The saved optimiser state has ${saved ? `shape [${saved.shape}]` : 'no tensor'} for "${name}"; expected [${moment.shape}].`,
          { hint: 'Resume with the model and optimiser of the original run.' },
        );
      }
      moment.assign(saved);
    }
  }

  dispose(): void {
    for (const moment of this.#byName.values()) moment.dispose();
  }
}
