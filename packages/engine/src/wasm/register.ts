import {
  engine,
  registerGradient,
  registerKernel,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';

export type Attributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;
/**
 * Gradients of an operation's inputs by name; each function runs only when the tape asks for that gradient. What `of`
 * computes outside of them lives until the whole gradient is done.
 */
export type InputGradients = Record<string, () => Tensor>;

export interface TrainingKernel {
  /** Name in the tfjs registry, e.g. `PolytagLinear`. */
  readonly name: string;
  /** Computes the outputs on the wasm heap. Optional inputs may be undefined. */
  kernel(inputs: Record<string, TensorInfo>, attributes: Attributes): TensorInfo | TensorInfo[];
  /** Left out where an operation is itself part of a gradient and is never differentiated. */
  readonly gradient?: {
    /** Names of the inputs that `of` needs. */
    readonly inputs?: readonly string[];
    /** Which outputs `of` needs, after the inputs. */
    readonly outputs?: readonly boolean[];
    /**
     * @param dy gradient of the output, or of each output where there are several
     * @param saved the inputs, then the outputs, named above
     */
    of(dy: Tensor & Tensor[], saved: Tensor[], attributes: Attributes): InputGradients;
  };
}

export type Operation = (
  inputs: Readonly<Record<string, Tensor>>,
  attributes?: Attributes,
) => Tensor & Tensor[];

/**
 * Makes a kernel, and its gradient, an ordinary tfjs operation of the wasm backend, and returns the function that runs
 * it: its outputs are recorded on the tape like those of any stock operation. Call it at the top of a module that the
 * operation's own module imports the result from.
 */
export function registerTrainingKernel(definition: TrainingKernel): Operation {
  const { name, gradient } = definition;
  registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const tensors = inputs as Record<string, TensorInfo>;
      if (gradient) for (const input of Object.keys(tensors)) refuseOtherTypes(name, input, tensors[input]);
      return definition.kernel(tensors, (attrs ?? {}) as unknown as Attributes);
    },
  });
  if (gradient) {
    registerGradient({
      kernelName: name,
      inputsToSave: [...(gradient.inputs ?? [])],
      outputsToSave: [...(gradient.outputs ?? [])],
      gradFunc: (dy, saved, attrs) =>
        gradient.of(dy as Tensor & Tensor[], saved, attrs as unknown as Attributes) as Record<
          string,
          () => Tensor
        >,
    });
  }
  return (inputs, attributes = {}) => {
    const outputs: unknown = engine().runKernel(name, { ...inputs }, {
      ...attributes,
    } as unknown as NamedAttrMap);
    return outputs as Tensor & Tensor[];
  };
}

/** The kernels would read the bits of integers as floats. Parts of a gradient, which no caller reaches, may take indices. */
export function refuseOtherTypes(operation: string, input: string, tensor: TensorInfo | undefined): void {
  if (tensor === undefined || tensor.dtype === 'float32') return;
  throw new UsageError('usage/dtype', `${operation}: input "${input}" is ${tensor.dtype}, not float32`, {
    hint: "cast it: tf.cast(x, 'float32')",
  });
}
