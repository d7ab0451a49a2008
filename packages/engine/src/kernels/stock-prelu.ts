import type { TensorInfo } from '@tensorflow/tfjs-core';
import { heapFloats, output } from '../wasm/host.js';

/** Whether slopes lie in memory as the last axes of `x` do, as tfjs's wasm kernel takes them to. */
export function slopesAtTheEnd(x: readonly number[], slopes: readonly number[]): boolean {
  const own = slopes.slice(slopes.findIndex((size) => size !== 1));
  if (slopes.every((size) => size === 1)) return true;
  return own.every((size, i) => size === x[x.length - own.length + i]);
}

/** PReLU whose slopes are shared along some axis that is not the first: [h, w, 1], [h, 1, C]. */
export function broadcastPrelu(x: TensorInfo, slopes: TensorInfo): TensorInfo {
  const y = output(x.shape);
  const [values, alpha, to] = [heapFloats(x), heapFloats(slopes), heapFloats(y)];
  const rank = x.shape.length;
  const sizes = [...new Array<number>(rank - slopes.shape.length).fill(1), ...slopes.shape];
  const strides = sizes.map((size, axis) =>
    size === 1 ? 0 : sizes.slice(axis + 1).reduce((product, next) => product * next, 1),
  );
  const at = new Array<number>(rank).fill(0);
  let slope = 0;
  for (let i = 0; i < to.length; i++) {
    to[i] = values[i] < 0 ? values[i] * alpha[slope] : values[i];
    for (let axis = rank - 1; axis >= 0; axis--) {
      slope += strides[axis];
      if (++at[axis] < x.shape[axis]) break;
      slope -= strides[axis] * x.shape[axis];
      at[axis] = 0;
    }
  }
  return y;
}
