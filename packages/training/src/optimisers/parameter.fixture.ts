import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { LayerVariable } from '@tensorflow/tfjs-layers';
import type { Parameter } from '@polytag/layers';

/** A parameter without a layer. */
export function parameter(
  key: string,
  shape: number[],
  values: readonly number[],
  { trainable = true, buffer = false } = {},
): Parameter {
  const initial = tensor([...values], shape, 'float32');
  const variable = new LayerVariable(initial, 'float32', key, trainable && !buffer);
  initial.dispose();
  return { key, variable, layout: 'plain', trainable: trainable && !buffer, buffer };
}

export const numbers = (values: Tensor): number[] => [...values.dataSync<'float32'>()];
