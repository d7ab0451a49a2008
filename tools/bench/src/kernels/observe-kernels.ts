import {
  getKernelsForBackend,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** One run of a kernel. */
export interface KernelCall {
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Milliseconds in it, without kernels that it ran itself. */
  readonly ms: number;
}

/**
 * Calls `observe` after every kernel that the backend runs from now on, through tfjs's own registry; the wasm
 * backend computes at once, so the time is the kernel's. Returns what ends it.
 */
export function observeKernels(observe: (call: KernelCall) => void, backend = 'wasm'): () => void {
  const kernels = getKernelsForBackend(backend);
  const inner: number[] = [];
  for (const kernel of kernels) {
    replace(kernel, (parameters) => {
      inner.push(0);
      const start = performance.now();
      const outputs = kernel.kernelFunc(parameters);
      const whole = performance.now() - start;
      const ms = whole - inner.pop()!;
      if (inner.length > 0) inner[inner.length - 1] += whole;
      observe({
        name: kernel.kernelName,
        inputs: parameters.inputs as KernelCall['inputs'],
        attributes: (parameters.attrs ?? {}) as KernelCall['attributes'],
        ms,
      });
      return outputs;
    });
  }
  return () => kernels.forEach((kernel) => replace(kernel, kernel.kernelFunc));
}

function replace(kernel: KernelConfig, kernelFunc: KernelConfig['kernelFunc']): void {
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel({ ...kernel, kernelFunc });
}
