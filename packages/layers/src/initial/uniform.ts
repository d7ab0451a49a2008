import type { Initial } from '../parameters/parametric-layer.js';

/** Uniform in [−bound, bound). */
export const uniform =
  (bound: number): Initial =>
  (shape, random) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => bound * (2 * random.uniform() - 1));

/** PyTorch's default of a linear layer, weight and bias alike: uniform in ±1/√in. */
export const linearUniform = (inputs: number): Initial => uniform(1 / Math.sqrt(inputs));

/**
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010:
 * uniform in ±gain·√(6/(in + out)).
 */
export const xavierUniform = (inputs: number, outputs: number, gain = 1): Initial =>
  uniform(gain * Math.sqrt(6 / (inputs + outputs)));
