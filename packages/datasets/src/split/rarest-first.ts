/**
 * Counts that only fall, and which of them is the least above 0. Buckets in one sorted array, as in the k-core algorithm
 * of Batagelj and Zaversnik (2003): lowering a count by one takes constant time. Of equal counts the order given decides,
 * and what was lowered since.
 */
export class RarestFirst {
  readonly #counts: Uint32Array;
  /** Keys by rising count. */
  readonly #sorted: Uint32Array;
  /** Where a key stands in `#sorted`. */
  readonly #position: Uint32Array;
  /** Where in `#sorted` the counts of at least c begin. */
  readonly #start: Uint32Array;

  /**
   * @param counts of the keys 0 … n−1
   * @param order of keys with equal counts: a permutation of 0 … n−1
   */
  constructor(counts: ArrayLike<number>, order: Uint32Array) {
    this.#counts = Uint32Array.from(counts);
    this.#sorted = Uint32Array.from(order).sort((a, b) => this.#counts[a] - this.#counts[b]);
    this.#position = new Uint32Array(order.length);
    this.#sorted.forEach((key, at) => (this.#position[key] = at));
    const most = order.length === 0 ? 0 : this.#counts[this.#sorted[order.length - 1]];
    this.#start = new Uint32Array(most + 2);
    for (let count = 1, at = 0; count < this.#start.length; count++) {
      while (at < order.length && this.#counts[this.#sorted[at]] < count) at++;
      this.#start[count] = at;
    }
  }

  /** The key with the least count above 0; undefined when all are 0. */
  rarest(): number | undefined {
    const at = this.#start[1];
    return at < this.#sorted.length ? this.#sorted[at] : undefined;
  }

  /** Lowers a count that is above 0 by one. */
  lower(key: number): void {
    const count = this.#counts[key]--;
    const [from, to] = [this.#position[key], this.#start[count]++];
    const other = this.#sorted[to];
    this.#sorted[to] = key;
    this.#position[key] = to;
    this.#sorted[from] = other;
    this.#position[other] = from;
  }
}
