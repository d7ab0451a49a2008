import type { Tensor } from '@tensorflow/tfjs-core';
import { countWrite } from '@polytag/ops';
import { forgetPacked, isShared, kernelsAttached } from '../wasm/host.js';

/**
 * True when the kernels may write over the variables `written`, reading `read`: all are float32 on the wasm heap, and no
 * clone, reshape or value saved for a gradient reads the memory of a variable. Otherwise the new value is computed aside
 * and assigned, after which the variable has memory of its own again. True counts as a write of each, and the backend forgets
 * what it made of the values before.
 */
export function inPlace(written: readonly Tensor[], read: Tensor): boolean {
  const float = [...written, read].every((tensor) => tensor.dtype === 'float32');
  if (!float || !kernelsAttached() || written.some((tensor) => isShared(tensor))) return false;
  for (const tensor of written) {
    countWrite(tensor);
    forgetPacked(tensor);
  }
  return true;
}
