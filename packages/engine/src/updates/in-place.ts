import type { Tensor } from '@tensorflow/tfjs-core';
import { isShared, kernelsAttached } from '../wasm/host.js';

/**
 * True when the kernels may write over the variables `written`, reading `read`: all are float32 on the wasm heap, and no
 * clone, reshape or value saved for a gradient reads the memory of a variable. Otherwise the new value is computed aside
 * and assigned, after which the variable has memory of its own again.
 */
export function inPlace(written: readonly Tensor[], read: Tensor): boolean {
  const float = [...written, read].every((tensor) => tensor.dtype === 'float32');
  return float && kernelsAttached() && !written.some((tensor) => isShared(tensor));
}
