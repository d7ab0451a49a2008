import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { addValues, readValues, writeValues } from '@polytag/engine';
import { variableOf, type Parameter } from '@polytag/layers';

/** A parameter's place in the models' state, so that two threads can tell that they built the same models. */
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
  store(): void {
    for (const { variable, values } of this.#parts) readValues(variable, values);
  }

  /** Copies what is here into the parameters. */
  load(): void {
    for (const { variable, values } of this.#parts) writeValues(variable, values);
  }

  /** Copies gradients here; zeros for a parameter without one. */
  storeGradients(gradients: ReadonlyMap<Variable, Tensor>): void {
    for (const { variable, values } of this.#parts) {
      const gradient = gradients.get(variable);
      if (gradient) readValues(gradient, values);
      else values.fill(0);
    }
  }

  /** Adds what is here to gradients; a parameter without one is left out. */
  addTo(gradients: Map<Variable, Tensor>): void {
    for (const { variable, values } of this.#parts) {
      const before = gradients.get(variable);
      if (before) gradients.set(variable, addValues(before, values));
    }
  }

  /** The parameters become the mean of what they are and of what is in `others`, which are of the same parameters. */
  static average(parameters: readonly Parameter[], others: readonly SharedValues[]): void {
    parameters.map(variableOf).forEach((variable, i) => {
      const mean = new Float32Array(variable.size);
      readValues(variable, mean);
      // Summed in float64, in the order of the threads: what is the same in all stays what it is.
      const sum = Float64Array.from(mean);
      for (const other of others) other.#parts[i].values.forEach((value, at) => (sum[at] += value));
      mean.set(sum.map((value) => value / (others.length + 1)));
      writeValues(variable, mean);
    });
  }
}
