import type { Tensor } from '@tensorflow/tfjs-core';
import { forgetPacked, isShared, kernelsAttached } from '../wasm/host.js';

/** How often the kernels wrote over a buffer; by tfjs's identity of the buffer. */
const writes = new WeakMap<object, number>();

/**
 * What tells a value from an earlier one of the same variable: its buffer, which an assignment replaces, and how often
 * the updates of this package wrote over that.
 */
export function valueIdentity(value: Tensor): { readonly buffer: object; readonly writes: number } {
  return { buffer: value.dataId, writes: writes.get(value.dataId) ?? 0 };
}

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
    writes.set(tensor.dataId, (writes.get(tensor.dataId) ?? 0) + 1);
    forgetPacked(tensor);
  }
  return true;
}
