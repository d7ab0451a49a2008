import type { Initial } from '../parameters/parametric-layer.js';

/** Normal values, then every column of the [in, out] matrix rescaled to length 1: one direction a label. */
export const unitColumns: Initial = ([inputs, outputs], random) => {
  const values = new Float32Array(inputs * outputs).map(() => random.normal());
  for (let column = 0; column < outputs; column++) {
    let squared = 0;
    for (let i = column; i < values.length; i += outputs) squared += values[i] ** 2;
    const length = Math.sqrt(squared);
    for (let i = column; i < values.length; i += outputs) values[i] /= length;
  }
  return values;
};
