import { engine, getBackend, getKernel, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';

/** What an operation hands to its kernel beside the tensors. */
export type KernelAttributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/**
 * An operation's place in tfjs's registry. An engine with a kernel of its own registers it there under this name, with
 * its gradient; on every other engine the operation is composed of stock operations.
 */
export interface OperationKernel<Inputs, Attributes, Output extends Tensor | Tensor[]> {
  /** Name in the tfjs registry, e.g. `PolytagLinear`. */
  readonly name: string;
  /** Whether the tfjs backend in use has the kernel. */
  isAvailable(): boolean;
  /**
   * Runs it as an operation on the tape.
   * @throws UsageError `usage/dtype` for an input that is not float32: the kernel would read its bits as floats
   */
  run(inputs: Inputs, attributes: Attributes): Output;
}

export function operationKernel<
  Inputs extends { readonly [Name in keyof Inputs]: Tensor | undefined },
  Attributes extends { readonly [Name in keyof Attributes]: KernelAttributes[string] },
  Output extends Tensor | Tensor[] = Tensor,
>(name: string): OperationKernel<Inputs, Attributes, Output> {
  return {
    name,
    isAvailable: () => getKernel(name, getBackend()) !== undefined,
    run(inputs, attributes) {
      const tensors: Record<string, Tensor> = {};
      for (const [input, tensor] of Object.entries(inputs) as [string, Tensor | undefined][]) {
        if (tensor === undefined) continue;
        if (tensor.dtype !== 'float32') {
          throw new UsageError('usage/dtype', `${name}: input "${input}" is ${tensor.dtype}, not float32`, {
            hint: "cast it: tf.cast(x, 'float32')",
          });
        }
        tensors[input] = tensor;
      }
      const outputs: unknown = engine().runKernel(name, tensors, attributes as unknown as NamedAttrMap);
      return outputs as Output;
    },
  };
}

/** Of a kernel that takes tensors alone. */
export type NoAttributes = Readonly<Record<never, never>>;
