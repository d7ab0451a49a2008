import { tensor, tidy } from '@tensorflow/tfjs-core';
import {
  checkpointShape,
  fromCheckpointOrder,
  toCheckpointOrder,
  type CheckpointTensor,
} from './checkpoint-order.js';
import type { Parameter } from './parametric-layer.js';

export interface AssignReport {
  /** Keys that got their values. */
  readonly matched: readonly string[];
  /** Keys the checkpoint does not have. They keep their values. */
  readonly missing: readonly string[];
  /** Keys the checkpoint has in another shape. They keep their values. */
  readonly mismatched: readonly {
    readonly key: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
}

/**
 * Writes checkpoint values into a model's parameters. Whether a missing or mismatched key is an error is the
 * caller's decision: it knows whether a whole model or only a backbone is being read.
 *
 * @param parameters of `parametersOf`
 * @param get the checkpoint's tensor of a key, in PyTorch order, or undefined when it has none
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

/** The reverse: every parameter in checkpoint order, by key, in the order given. */
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
