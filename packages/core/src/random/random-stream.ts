/**
 * Counter-based random numbers: Philox 4x32 with 10 rounds (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2,
 * 3", 2011). The n-th value of a stream depends only on (seed, stream name, n). The state of a stream is one number,
 * streams never overlap, and a resumed run draws the same numbers.
 */
export interface RandomState {
  readonly seed: number;
  readonly name: string;
  /** Number of 32-bit words drawn so far. */
  readonly position: number;
}

// Taken out of the global object once: Jest's module scope makes every look-up of a global slow.
const { cos, floor, imul, log, sqrt, PI } = Math;

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/** One Philox 4x32-10 block: four 32-bit words from a 128-bit counter and a 64-bit key. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  // Plain assignments: taking arrays apart here would cost more than the arithmetic.
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** FNV-1a hash, 32 bits, of the UTF-8 bytes of a text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

export class RandomStream {
  readonly #seed: number;
  readonly #name: string;
  readonly #nameHash: number;
  #position: number;
  #block: readonly number[] = [];
  #blockIndex = -1;

  /**
   * @param seed any integer; its low 53 bits are used
   * @param name distinguishes streams of one seed, e.g. `"shuffle/3"` for the third epoch
   */
  constructor(seed: number, name = '') {
    this.#seed = seed;
    this.#name = name;
    this.#nameHash = fnv1a(name);
    this.#position = 0;
  }

  /** A stream with the same seed and a longer name. Drawing from it does not advance this stream. */
  fork(name: string | number): RandomStream {
    return new RandomStream(this.#seed, `${this.#name}/${name}`);
  }

  get state(): RandomState {
    return { seed: this.#seed, name: this.#name, position: this.#position };
  }

  static restore(state: RandomState): RandomStream {
    const stream = new RandomStream(state.seed, state.name);
    stream.#position = state.position;
    return stream;
  }

  /** The next unsigned 32-bit integer. */
  nextUint32(): number {
    const blockIndex = floor(this.#position / 4);
    if (blockIndex !== this.#blockIndex) {
      const seedLow = this.#seed >>> 0;
      const seedHigh = floor(this.#seed / 0x100000000) >>> 0;
      const counterHigh = floor(blockIndex / 0x100000000) >>> 0;
      this.#block = philox([blockIndex >>> 0, counterHigh, this.#nameHash, 0], [seedLow, seedHigh]);
      this.#blockIndex = blockIndex;
    }
    return this.#block[this.#position++ % 4];
  }

  /** Uniform in [0, 1), 24 bits: exactly representable in float32. */
  uniform(): number {
    return (this.nextUint32() >>> 8) / 0x1000000;
  }

  /** Standard normal value (Box-Muller). Always uses two words, so that the position stays predictable. */
  normal(): number {
    const radius = sqrt(-2 * log((this.nextUint32() + 1) / 0x100000000));
    return radius * cos((2 * PI * this.nextUint32()) / 0x100000000);
  }

  /** Uniform integer in [0, bound), without modulo bias. `bound` is at most 2^32. */
  integer(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound);
    for (;;) {
      const word = this.nextUint32();
      if (word < limit) return word % bound;
    }
  }

  /** A random permutation of 0 … n−1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i];
      order[i] = order[j];
      order[j] = held;
    }
    return order;
  }
}
