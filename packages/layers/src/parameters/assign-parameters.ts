import { tensor, tidy } from '@tensorflow/tfjs-core';
import {
  checkpointShape,
  fromCheckpointOrder,
  toCheckpointOrder,
  type CheckpointTensor,
} from './checkpoint-order.js';
import type { Parameter } from './parametric-layer.js';

export interface AssignReport {
  /** Keys that were loaded. */
  readonly matched: readonly string[];
  /** Keys that the checkpoint lacks. They keep their values. */
  readonly missing: readonly string[];
  /** Keys with another shape in the checkpoint. They keep their values. */
  readonly mismatched: readonly {
    readonly key: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
}

/**
 * Loads checkpoint values into a model's parameters. Missing and mismatched keys are reported; the caller decides
 * whether they are errors.
 *
 * @param parameters parameters from `parametersOf`
 * @param get returns the checkpoint's tensor for a key, in PyTorch order, or undefined
 */
export function assignParameters(
  parameters: readonly Parameter[],
  get: (key: string) => CheckpointTensor | undefined,
): AssignReport {
  const matched: string[] = [];
  const missing: string[] = [];
  const mismatched: { key: string; expected: readonly number[]; found: readonly number[] }[] = [];
  for (const parameter of parameters) {
    const { key, layout, variable } = parameter;
    const found = get(key);
    const expected = checkpointShape(parameter);
    if (!found) {
      missing.push(key);
    } else if (
      found.shape.length !== expected.length ||
      found.shape.some((size, i) => size !== expected[i])
    ) {
      mismatched.push({ key, expected, found: [...found.shape] });
    } else {
      const shape = variable.shape as number[];
      tidy(() => {
        variable.write(tensor(fromCheckpointOrder(layout, shape, found.data), shape, 'float32'));
      });
      matched.push(key);
    }
  }
  return { matched, missing, mismatched };
}

/** Returns every parameter in checkpoint order, by key, in the given order. */
export async function exportParameters(
  parameters: readonly Parameter[],
): Promise<Map<string, { shape: number[]; data: Float32Array }>> {
  const state = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const parameter of parameters) {
    const { key, layout, variable } = parameter;
    const values = await variable.read().data();
    state.set(key, {
      shape: checkpointShape(parameter),
      data: toCheckpointOrder(layout, variable.shape as number[], values),
    });
  }
  return state;
}
