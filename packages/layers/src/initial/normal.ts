import type { Initial } from '../parameters/parametric-layer.js';

/** Normal with mean 0. @param std standard deviation, default 1 */
export const normal =
  (std = 1): Initial =>
  (shape, random) =>
    new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => std * random.normal());

/**
 * He et al., "Delving Deep into Rectifiers", 2015, fan-out form: normal with variance 2 / fanOut.
 *
 * @param fanOut output channels times kernel area. PyTorch counts all output channels of a depthwise
 * convolution, not one per group.
 */
export const kaimingNormal = (fanOut: number): Initial => normal(Math.sqrt(2 / fanOut));
