const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
const DIGIT_MASK = BUCKETS - 1;
/** Three digits of 11 bits cover the upper half of a double. */
const DIGITS = 3;
/** Longer runs of equal upper halves are sorted by comparison, not by insertion. */
const INSERTION_LIMIT = 32;

/**
 * Ranks columns of numbers, keeping equal values in their order: a radix sort of the upper 32 bits of the
 * doubles, then the few runs that share them are put in order by the lower 32. Its buffers are reused from
 * column to column, so ranking 80 classes allocates once.
 */
export class AscendingOrder {
  readonly #capacity: number;
  readonly #value = new Float64Array(1);
  readonly #bits = new Uint32Array(this.#value.buffer);
  /** Sort keys: the two halves of a double, changed so that unsigned order is numeric order. */
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #starts = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)] as const;
  #order: Uint32Array;
  #spare: Uint32Array;

  /** @param capacity the longest column */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#order = new Uint32Array(capacity);
    this.#spare = new Uint32Array(capacity);
  }

  /**
   * @param values the column; NaN is not allowed
   * @param count how many of its values to rank, from the first (default: all)
   * @returns positions of the values from smallest to largest, equal ones in their order. The array is
   *   overwritten by the next call.
   */
  of(values: Float64Array, count = values.length): Uint32Array {
    if (count > this.#capacity) throw new RangeError(`${count} values, but room for ${this.#capacity}`);
    this.#readKeys(values, count);
    for (let i = 0; i < count; i++) this.#order[i] = i;
    for (let digit = 0; digit < DIGITS; digit++) this.#sortByHigh(digit, count);
    this.#sortRunsByLow(count);
    return this.#order.subarray(0, count);
  }

  #readKeys(values: Float64Array, count: number): void {
    const [value, bits, low, high] = [this.#value, this.#bits, this.#low, this.#high];
    const [first, second, third] = this.#starts;
    for (const starts of this.#starts) starts.fill(0);
    for (let i = 0; i < count; i++) {
      value[0] = values[i] + 0; // makes −0 equal to 0
      let h = bits[HIGH];
      if (h >>> 31) {
        low[i] = ~bits[LOW];
        h = ~h >>> 0;
      } else {
        low[i] = bits[LOW];
        h = (h | 0x80000000) >>> 0;
      }
      high[i] = h;
      first[h & DIGIT_MASK]++;
      second[(h >>> DIGIT_BITS) & DIGIT_MASK]++;
      third[h >>> (2 * DIGIT_BITS)]++;
    }
  }

  /** One stable counting pass; skipped when all keys share the digit. */
  #sortByHigh(digit: number, count: number): void {
    const starts = this.#starts[digit];
    let total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const held = starts[bucket];
      if (held === count) return;
      starts[bucket] = total;
      total += held;
    }
    const [from, to, high, shift] = [this.#order, this.#spare, this.#high, digit * DIGIT_BITS];
    for (let i = 0; i < count; i++) {
      const position = from[i];
      to[starts[(high[position] >>> shift) & DIGIT_MASK]++] = position;
    }
    [this.#order, this.#spare] = [to, from];
  }

  #sortRunsByLow(count: number): void {
    const [order, high, low] = [this.#order, this.#high, this.#low];
    for (let start = 0; start < count;) {
      const shared = high[order[start]];
      let end = start + 1;
      let sorted = true;
      for (; end < count && high[order[end]] === shared; end++) {
        if (low[order[end - 1]] > low[order[end]]) sorted = false;
      }
      if (!sorted) this.#sortRunByLow(start, end);
      start = end;
    }
  }

  #sortRunByLow(start: number, end: number): void {
    const [order, low] = [this.#order, this.#low];
    if (end - start > INSERTION_LIMIT) {
      order.subarray(start, end).sort((a, b) => low[a] - low[b] || a - b);
      return;
    }
    for (let i = start + 1; i < end; i++) {
      const position = order[i];
      let place = i;
      for (; place > start && low[order[place - 1]] > low[position]; place--) order[place] = order[place - 1];
      order[place] = position;
    }
  }
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;
