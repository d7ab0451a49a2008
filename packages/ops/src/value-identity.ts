import type { Tensor } from '@tensorflow/tfjs-core';

/** How often a buffer was written over; by tfjs's identity of the buffer. */
const writes = new WeakMap<object, number>();

/**
 * Identifies the value of a variable, so that it can be told from an earlier one: its buffer, which an assignment
 * replaces, and how often an engine has overwritten the buffer (see `countWrite`).
 */
export function valueIdentity(value: Tensor): { readonly buffer: object; readonly writes: number } {
  return { buffer: value.dataId, writes: writes.get(value.dataId) ?? 0 };
}

/** For an engine that writes over a variable's memory, which tfjs never does. */
export function countWrite(value: Tensor): void {
  writes.set(value.dataId, (writes.get(value.dataId) ?? 0) + 1);
}
