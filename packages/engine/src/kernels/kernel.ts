import {
  engine,
  registerGradient,
  registerKernel,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { EngineError, UsageError } from '@polytag/core';
import type { OperationKernel } from '@polytag/ops/kernels';
import { computingNothing, kernelsAttached } from '../wasm/host.js';
import { isEmpty } from './shapes.js';

/** Tensors by the names of a kernel's inputs. */
export type Inputs<Name extends string> = Readonly<Record<Name, TensorInfo>>;

/** How the wasm engine computes an operation of `@polytag/ops`, and differentiates it. */
export type KernelOf<Kernel> =
  Kernel extends OperationKernel<infer Tensors, infer Attributes, infer Output>
    ? Computation<Tensors, Attributes, Output>
    : never;

interface Computation<Tensors, Attributes, Output> {
  /** Computes the outputs on the wasm heap. */
  kernel(
    inputs: { readonly [Name in keyof Tensors]: TensorInfo | Extract<Tensors[Name], undefined> },
    attributes: Attributes,
  ): TensorInfo | TensorInfo[];
  /** Left out where an operation is never differentiated. */
  readonly gradient?: {
    /** Names of the inputs that `of` needs. */
    readonly inputs?: readonly (keyof Tensors & string)[];
    /** Which outputs `of` needs, after the inputs. */
    readonly outputs?: readonly boolean[];
    /**
     * Gradients of the inputs by name; each function runs only when the tape asks for that gradient. What `of` computes
     * outside of them lives until the whole gradient is done.
     *
     * @param dy gradient of the output, or of each output where there are several
     * @param saved the inputs, then the outputs, named above
     */
    of(
      dy: Output,
      saved: Tensor[],
      attributes: Attributes,
    ): { readonly [Name in keyof Tensors]: () => Tensor };
  };
}

/** Makes a computation, and its gradient, the kernel of that name on tfjs's wasm backend. */
export function register(name: string, { kernel, gradient }: Computation<never, never, never>): void {
  registerOnWasm(name, kernel);
  if (!gradient) return;
  registerGradient({
    kernelName: name,
    inputsToSave: [...(gradient.inputs ?? [])],
    outputsToSave: [...(gradient.outputs ?? [])],
    gradFunc: (dy, saved, attributes) =>
      gradient.of(dy as never, saved, attributes as never) as Record<string, () => Tensor>,
  });
}

type Compute = (inputs: never, attributes: never) => TensorInfo | TensorInfo[];

function registerOnWasm(kernelName: string, compute: Compute): void {
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      if (!kernelsAttached()) {
        throw new EngineError('engine/not-ready', `${kernelName}: the wasm backend was restarted`, {
          hint: "await useEngine('wasm') after that",
        });
      }
      const run = () => compute(inputs as never, (attrs ?? {}) as never);
      return Object.values(inputs).some(isEmpty) ? ofNothing(kernelName, inputs, run) : run();
    },
  });
}

/** @throws UsageError `usage/shape` where the result would be more than 0: a bias alone */
function ofNothing(
  kernelName: string,
  inputs: Record<string, TensorInfo | undefined>,
  run: () => TensorInfo | TensorInfo[],
): TensorInfo | TensorInfo[] {
  const outputs = computingNothing(run);
  if (inputs['bias'] === undefined || (Array.isArray(outputs) ? outputs : [outputs]).every(isEmpty))
    return outputs;
  const shapes = Object.entries(inputs).map(([name, tensor]) => `${name} [${tensor?.shape ?? ''}]`);
  throw new UsageError('usage/shape', `${kernelName}: an input has no elements: ${shapes.join(', ')}`, {
    hint: 'Give tensors without a dimension of 0.',
  });
}

const gradientKernels = new Map<string, Compute>();

/** Registers the kernels that gradients run. */
export function registerGradientKernels(): void {
  gradientKernels.forEach((compute, name) => registerOnWasm(name, compute));
}

/**
 * A kernel that gradients run: an operation on the tape as well, which has no gradient itself.
 */
export function gradientKernel<
  Name extends string,
  Attributes,
  Output extends TensorInfo | readonly TensorInfo[],
>(
  name: string,
  compute: (inputs: Inputs<Name>, attributes: Attributes) => Output,
): (
  inputs: Readonly<Record<Name, Tensor>>,
  ...attributes: unknown extends Attributes ? [] : [Attributes]
) => Output extends TensorInfo ? Tensor : Tensor[] {
  gradientKernels.set(name, compute as Compute);
  return (inputs, attributes?: unknown) => {
    const outputs: unknown = engine().runKernel(name, { ...inputs }, (attributes ?? {}) as NamedAttrMap);
    return outputs as Output extends TensorInfo ? Tensor : Tensor[];
  };
}
