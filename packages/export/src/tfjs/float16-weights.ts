import type { io } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';

/** The largest number of float16. */
export const LARGEST_FLOAT16 = 65504;

/**
 * Weights in tfjs's order, float32 ones rounded to float16, in the form that its loaders turn back into float32
 * (`quantization: { dtype: 'float16' }` of a weight's entry). Others stay as they are.
 *
 * @throws UsageError `usage/float16-range` when a weight would become infinite
 */
export function asFloat16(
  bytes: Uint8Array,
  specs: readonly io.WeightsManifestEntry[],
): { readonly bytes: Uint8Array; readonly specs: io.WeightsManifestEntry[] } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const written = specs.map((spec): io.WeightsManifestEntry => {
    const size =
      (spec.dtype === 'bool' ? 1 : 4) * spec.shape.reduce((product, dimension) => product * dimension, 1);
    const part = bytes.slice(offset, (offset += size));
    if (spec.dtype !== 'float32') {
      parts.push(part);
      return spec;
    }
    const values = new Float32Array(part.buffer);
    const beyond = values.find((value) => !(Math.abs(value) <= LARGEST_FLOAT16));
    if (beyond !== undefined) {
      throw new UsageError(
        'usage/float16-range',
        `The weight "${spec.name}" contains ${beyond}, but float16 allows at most ${LARGEST_FLOAT16}.`,
        { hint: 'Export with float32 weights.' },
      );
    }
    parts.push(new Uint8Array(Uint16Array.from(values, float16Bits).buffer));
    return { ...spec, quantization: { dtype: 'float16' } };
  });
  return { bytes: Uint8Array.from(Buffer.concat(parts)), specs: written };
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The float16 nearest to a float32 within its range, of two equally near the even one, as its 16 bits. */
export function float16Bits(value: number): number {
  float[0] = value;
  const [word] = bits;
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 127;
  const fraction = word & 0x7fffff;
  // Below 2^-14 a float16 counts in steps of 2^-24, without a leading 1.
  const subnormal = exponent < -14;
  const dropped = subnormal ? Math.min(25, -1 - exponent) : 13;
  const whole = subnormal ? (exponent < -126 ? 0 : 0x800000 | fraction) : ((exponent + 15) << 23) | fraction;
  const half = 2 ** (dropped - 1);
  const rest = whole & (2 ** dropped - 1);
  const kept = whole >>> dropped;
  const up = rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
  // A carry out of the fraction is the next exponent, as it should be.
  return sign | (kept + up);
}
