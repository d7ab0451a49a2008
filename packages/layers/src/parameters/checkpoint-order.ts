import type { Parameter, WeightLayout } from './parametric-layer.js';

/** A weight in a checkpoint: PyTorch axis order, row-major. */
export interface CheckpointTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Shape of a parameter in a checkpoint; see the table at `WeightLayout`. */
export function checkpointShape({ layout, variable }: Pick<Parameter, 'layout' | 'variable'>): number[] {
  const shape = variable.shape as number[];
  switch (layout) {
    case 'plain':
      return [...shape];
    case 'linear':
      return [shape[1], shape[0]];
    case 'pointwise':
      return [shape[1], shape[0], 1, 1];
    case 'convolution':
      return [shape[3], shape[2], shape[0], shape[1]];
    case 'depthwise':
      return [shape[2], 1, shape[0], shape[1]];
  }
}

/**
 * Extents of a weight. Every layout but `plain` reads [area, in, out] here and [out, in, area] in the checkpoint, where
 * area is the kernel's and a depthwise convolution has in = 1, out = C.
 */
function extentsOf(
  layout: WeightLayout,
  shape: readonly number[],
): [area: number, ins: number, outs: number] {
  const [ins, outs] = layout === 'depthwise' ? [1, shape[2]] : shape.slice(-2);
  return [shape.length === 4 ? shape[0] * shape[1] : 1, ins, outs];
}

/** Converts values to checkpoint order. */
export function toCheckpointOrder(
  layout: WeightLayout,
  shape: readonly number[],
  values: ArrayLike<number>,
): Float32Array {
  if (layout === 'plain') return Float32Array.from(values);
  const [area, ins, outs] = extentsOf(layout, shape);
  const result = new Float32Array(values.length);
  for (let k = 0, here = 0; k < area; k++)
    for (let i = 0; i < ins; i++)
      for (let o = 0; o < outs; o++) result[(o * ins + i) * area + k] = values[here++];
  return result;
}

/** Converts values from checkpoint order. `shape` is the shape in TensorFlow.js. */
export function fromCheckpointOrder(
  layout: WeightLayout,
  shape: readonly number[],
  values: ArrayLike<number>,
): Float32Array {
  if (layout === 'plain') return Float32Array.from(values);
  const [area, ins, outs] = extentsOf(layout, shape);
  const result = new Float32Array(values.length);
  for (let k = 0, here = 0; k < area; k++)
    for (let i = 0; i < ins; i++)
      for (let o = 0; o < outs; o++) result[here++] = values[(o * ins + i) * area + k];
  return result;
}
