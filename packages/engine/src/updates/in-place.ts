import type { Tensor } from '@tensorflow/tfjs-core';
import { isShared, kernelsAttached } from '../wasm/host.js';

/**
 * True when the kernels may write over these variables: they live on the wasm heap, and no clone, reshape or value
 * saved for a gradient reads the same memory. Otherwise the new value is computed aside and assigned, after which the
 * variable has memory of its own again.
 */
export function inPlace(...written: readonly Tensor[]): boolean {
  return kernelsAttached() && !written.some((tensor) => isShared(tensor));
}
