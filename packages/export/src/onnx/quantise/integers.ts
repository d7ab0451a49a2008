/** Values that are computed with as whole numbers: value = scale · (integer − zero). */
export interface AffineScale {
  readonly scale: number;
  /** The integer of the value 0. */
  readonly zero: number;
}

/**
 * How a range of values is counted in 0 to 255 so that 0 is one of the integers (Jacob et al., "Quantization and Training
 * of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 3.1): scale = (high − low) / 255.
 *
 * @param low at most 0
 * @param high at least 0
 */
export function activationScale(low: number, high: number): AffineScale {
  const scale = Math.fround((high - low) / 255);
  if (scale === 0) return { scale: 1, zero: 0 };
  return { scale, zero: Math.max(0, Math.min(255, Math.round(-low / scale))) };
}

/**
 * Weights of matrix products are whole numbers of −64 to 64: with 8 bits, the sum of two products of a weight and an input
 * goes beyond the 16 bits in which processors without dot-product instructions add them up. A depthwise convolution is no
 * matrix product, and has all 8.
 */
export const LARGEST_WEIGHT = { product: 64, depthwise: 127 } as const;
/** Of 32 bits, with room for rounding. */
const LARGEST_BIAS = 2 ** 31 - 2 ** 8;

export interface QuantisedMap {
  /** As the weight; weight ≈ scale of its channel · integer. */
  readonly weight: Int8Array;
  /** A scale an output channel. */
  readonly scales: Float32Array;
  /** bias ≈ scale of the input · scale of its channel · integer. */
  readonly bias?: Int32Array;
  readonly biasScales: Float32Array;
}

/**
 * Weight and bias of a convolution in whole numbers, symmetric, a scale an output channel.
 *
 * @param weight [channels, …], row-major
 * @param inputScale of the activations that it is multiplied with
 * @param largestWeight the integer of the largest weight of a channel
 */
export function quantiseMap(
  weight: Float32Array,
  bias: Float32Array | undefined,
  channels: number,
  inputScale: number,
  largestWeight: number,
): QuantisedMap {
  const inner = weight.length / channels;
  const scales = Float32Array.from({ length: channels }, (_, channel) => {
    const own = weight.subarray(channel * inner, (channel + 1) * inner);
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A channel of next to no weight counts in steps that its bias fits into.
    const least = bias ? Math.abs(bias[channel]) / (inputScale * LARGEST_BIAS) : 0;
    return Math.max(largest / largestWeight, least) || 1;
  });
  const biasScales = scales.map((scale) => scale * inputScale);
  return {
    weight: Int8Array.from(weight, (value, i) => Math.round(value / scales[Math.floor(i / inner)])),
    scales,
    bias: bias && Int32Array.from(bias, (value, channel) => Math.round(value / biasScales[channel])),
    biasScales,
  };
}
