/** Bits that differ, in two 32-bit halves. */
export function hammingDistance(low: number, high: number, otherLow: number, otherHigh: number): number {
  return bitCount(low ^ otherLow) + bitCount(high ^ otherHigh);
}

function bitCount(value: number): number {
  const pairs = value - ((value >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const CHUNKS = 4;
const CHUNK_BITS = 16;
const BUCKETS = 2 ** CHUNK_BITS;

/**
 * Finds the 64-bit hashes within some bits of a hash, all of them (multi-index hashing: Norouzi, Punjani and Fleet,
 * "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012). Of two hashes that differ in at most r bits, one
 * of four 16-bit chunks differs in at most r/4: the hashes are listed by the value of each chunk, and the lists of near
 * values are looked through.
 */
export class HashIndex {
  readonly #hashes: Int32Array;
  readonly #radius: number;
  /** Of each chunk: where the list of a value begins, and the lists. */
  readonly #starts: readonly Uint32Array[];
  readonly #lists: readonly Uint32Array[];
  /** What changes up to radius/4 bits of a chunk. */
  readonly #changes: readonly number[];
  /** The last query that saw a hash, so that each is visited once. */
  readonly #seen: Uint32Array;
  #query = 0;

  /**
   * @param hashes [N, 2]: two 32-bit halves each
   * @param radius the most bits that may differ
   */
  constructor(hashes: Int32Array, radius: number) {
    this.#hashes = hashes;
    this.#radius = radius;
    const count = hashes.length / 2;
    this.#seen = new Uint32Array(count);
    this.#changes = Array.from({ length: BUCKETS }, (_, change) => change).filter(
      (change) => bitCount(change) <= Math.floor(radius / CHUNKS),
    );
    const tables = Array.from({ length: CHUNKS }, (_, chunk) => {
      const starts = new Uint32Array(BUCKETS + 1);
      for (let i = 0; i < count; i++) starts[chunkOf(hashes[2 * i], hashes[2 * i + 1], chunk) + 1]++;
      for (let value = 0; value < BUCKETS; value++) starts[value + 1] += starts[value];
      const next = starts.slice();
      const list = new Uint32Array(count);
      for (let i = 0; i < count; i++) list[next[chunkOf(hashes[2 * i], hashes[2 * i + 1], chunk)]++] = i;
      return { starts, list };
    });
    this.#starts = tables.map(({ starts }) => starts);
    this.#lists = tables.map(({ list }) => list);
  }

  /** Calls `visit` with each hash within the radius, once, and the bits that differ. */
  near(low: number, high: number, visit: (index: number, distance: number) => void): void {
    const hashes = this.#hashes;
    const query = ++this.#query;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const value = chunkOf(low, high, chunk);
      const [starts, list] = [this.#starts[chunk], this.#lists[chunk]];
      for (const change of this.#changes) {
        const end = starts[(value ^ change) + 1];
        for (let at = starts[value ^ change]; at < end; at++) {
          const index = list[at];
          if (this.#seen[index] === query) continue;
          this.#seen[index] = query;
          const distance = hammingDistance(low, high, hashes[2 * index], hashes[2 * index + 1]);
          if (distance <= this.#radius) visit(index, distance);
        }
      }
    }
  }
}

const chunkOf = (low: number, high: number, chunk: number): number =>
  ((chunk < 2 ? low : high) >>> (CHUNK_BITS * (chunk & 1))) & (BUCKETS - 1);
