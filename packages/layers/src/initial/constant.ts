import type { Initial } from '../parameters/parametric-layer.js';

/** Every element is `value`. */
export const constant =
  (value: number): Initial =>
  (shape) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);

export const zeros: Initial = constant(0);

export const ones: Initial = constant(1);
