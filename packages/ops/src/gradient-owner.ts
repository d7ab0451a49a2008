import { engine } from '@tensorflow/tfjs-core';

/** Whose operations a gradient is computed of. */
export interface GradientOwner {
  /** For errors, e.g. `layer "norm" of the head "mean"`. */
  readonly title: string;
  /** The error to throw for what a gradient threw. */
  fault(cause: unknown): unknown;
}

/** By node of the tape. */
const owners = new WeakMap<object, GradientOwner>();

/** The operations that tfjs has recorded for a gradient that is being computed; empty otherwise. */
const recordedNodes = (): readonly object[] =>
  (engine().state as unknown as { readonly activeTape?: readonly object[] | null }).activeTape ?? [];

/** Runs operations, and remembers whose they are for errors in their gradients. */
export function withGradientOwner<T>(owner: GradientOwner, run: () => T): T {
  const before = recordedNodes().length;
  const result = run();
  for (const node of recordedNodes().slice(before)) if (!owners.has(node)) owners.set(node, owner);
  return result;
}

/** Whose an operation on the tape is, if that is known. */
export const gradientOwner = (node: object): GradientOwner | undefined => owners.get(node);
