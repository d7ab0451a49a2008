import { tensor, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Parameter } from '@polytag/layers';
import { variableOf } from '../groups/parameter-groups.js';

/** A parameter's place in a model's state, so that two threads can tell that they built the same model. */
export interface StateEntry {
  readonly key: string;
  readonly shape: readonly number[];
  /** Whether it has a gradient. */
  readonly learned: boolean;
  readonly buffer: boolean;
}

export const isLearned = ({ trainable, buffer }: Parameter): boolean => trainable && !buffer;

export function stateEntries(parameters: readonly Parameter[]): StateEntry[] {
  return parameters.map((parameter) => ({
    key: parameter.key,
    shape: variableOf(parameter).shape,
    learned: isLearned(parameter),
    buffer: parameter.buffer,
  }));
}

/** float32 memory for the values of some parameters, one after the other, seen by all threads. */
export class SharedValues {
  readonly memory: SharedArrayBuffer;
  readonly #parts: readonly { readonly variable: Variable; readonly values: Float32Array }[];

  /** @param memory made by another thread for the same parameters; default: new memory, of zeros */
  constructor(parameters: readonly Parameter[], memory?: SharedArrayBuffer) {
    const variables = parameters.map(variableOf);
    this.memory = memory ?? new SharedArrayBuffer(4 * variables.reduce((sum, { size }) => sum + size, 0));
    let offset = 0;
    this.#parts = variables.map((variable) => {
      const values = new Float32Array(this.memory, offset, variable.size);
      offset += values.byteLength;
      return { variable, values };
    });
  }

  /** Copies the parameters' values here. */
  take(): void {
    for (const { variable, values } of this.#parts) values.set(variable.dataSync<'float32'>());
  }

  /** Copies what is here into the parameters. */
  give(): void {
    for (const { variable, values } of this.#parts) {
      const copy = tensorOf(values, variable.shape);
      variable.assign(copy);
      copy.dispose();
    }
  }

  /** Copies gradients here; zeros for a parameter without one. */
  takeGradients(gradients: ReadonlyMap<Variable, Tensor>): void {
    for (const { variable, values } of this.#parts) {
      const gradient = gradients.get(variable);
      if (gradient) values.set(gradient.dataSync<'float32'>());
      else values.fill(0);
    }
  }

  /** The values of each parameter, as views. */
  entries(): Iterable<{ readonly variable: Variable; readonly values: Float32Array }> {
    return this.#parts;
  }
}

/** A tensor of a copy of shared values: an engine may keep the array it is given. */
export function tensorOf(values: Float32Array, shape: number[]): Tensor {
  return tensor(values.slice(), shape, 'float32');
}
