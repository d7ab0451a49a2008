import { DivergenceError } from '@polytag/core';

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Bins: sign, exponent and the first 7 bits of the fraction of a float32. */
const BINS = 2 ** 16;
const NEGATIVE = 2 ** 15;
/** The first bin of one sign that holds infinity or NaN. */
const NOT_FINITE = 0x7f80;

/**
 * Counts values by their first 16 bits, so that no range need be known beforehand and the order of the values does not
 * matter. A bin is at most 1/128 of its values wide.
 */
export class ValueHistogram {
  readonly #counts = new Float64Array(BINS);
  #size = 0;

  /** @throws DivergenceError `model/not-a-number` for NaN or infinity */
  add(values: Float32Array): void {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (const word of words) this.#counts[word >>> 16]++;
    this.#size += values.length;
    if (this.#hasNoNumber())
      throw new DivergenceError('model/not-a-number', 'The network produces NaN or infinity.', {
        hint: 'Its weights contain NaN or are too large. Use the weights of an earlier epoch.',
      });
  }

  /**
   * The range that is left when the outermost values of each end are cut off; it always contains 0.
   *
   * @param percentile share of all values, in %, that do not lie beyond an end; from 50 to 100
   */
  range(percentile: number): { readonly low: number; readonly high: number } {
    const beyond = Math.floor(this.#size * (1 - percentile / 100));
    const positive = this.#end(0, beyond);
    const negative = this.#end(NEGATIVE, beyond);
    return { low: negative === 0 ? 0 : -negative, high: positive };
  }

  /** The magnitude beyond which there are at most so many values of a sign: the outer edge of a bin; 0 for none. */
  #end(sign: number, beyond: number): number {
    let found = 0;
    for (let bin = NOT_FINITE - 1; bin >= 0; bin--) {
      found += this.#counts[sign + bin];
      if (found > beyond) return bin === 0 ? 0 : edge(bin + 1);
    }
    return 0;
  }

  #hasNoNumber(): boolean {
    for (const sign of [0, NEGATIVE])
      for (let bin = NOT_FINITE; bin < NEGATIVE; bin++) if (this.#counts[sign + bin] > 0) return true;
    return false;
  }
}

/** The smallest magnitude of a bin. */
function edge(bin: number): number {
  bits[0] = bin === NOT_FINITE ? 0x7f7fffff : bin << 16;
  return float[0];
}
