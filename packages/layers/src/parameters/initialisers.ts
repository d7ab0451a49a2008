import type { Initialiser } from './parametric-layer.js';

/** Every element is `value`. */
export const constant =
  (value: number): Initialiser =>
  (shape) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);

export const zeros: Initialiser = constant(0);

export const ones: Initialiser = constant(1);

/** Normal with mean 0. @param std standard deviation, default 1 */
export const normal =
  (std = 1): Initialiser =>
  (shape, random) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => std * random.normal());

/**
 * He et al., "Delving Deep into Rectifiers", 2015, fan-out form: normal with variance 2 / fanOut.
 *
 * @param fanOut output channels times kernel area. PyTorch counts all output channels of a depthwise
 * convolution, not one per group.
 */
export const kaimingNormal = (fanOut: number): Initialiser => normal(Math.sqrt(2 / fanOut));

/** Uniform in [−bound, bound). */
export const uniform =
  (bound: number): Initialiser =>
  (shape, random) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => bound * (2 * random.uniform() - 1));

/** PyTorch's default for linear layers, weight and bias: uniform in ±1/√in. */
export const linearUniform = (inputs: number): Initialiser => uniform(1 / Math.sqrt(inputs));

/**
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010:
 * uniform in ±gain·√(6/(in + out)).
 */
export const xavierUniform = (inputs: number, outputs: number, gain = 1): Initialiser =>
  uniform(gain * Math.sqrt(6 / (inputs + outputs)));

/** Normal values, then every column of the [in, out] matrix normalised to length 1: one direction per label. */
export const unitColumns: Initialiser = ([inputs, outputs], random) => {
  const values = new Float32Array(inputs * outputs).map(() => random.normal());
  for (let column = 0; column < outputs; column++) {
    let squared = 0;
    for (let i = column; i < values.length; i += outputs) squared += values[i] ** 2;
    const length = Math.sqrt(squared);
    for (let i = column; i < values.length; i += outputs) values[i] /= length;
  }
  return values;
};
