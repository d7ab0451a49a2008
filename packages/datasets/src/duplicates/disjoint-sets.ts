/** Numbers from 0 in sets that are joined one after the other; the first of a set is its smallest number. */
export class DisjointSets {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  /** The first of the set that a number is in. */
  first(i: number): number {
    while (this.#parent[i] !== i) {
      this.#parent[i] = this.#parent[this.#parent[i]];
      i = this.#parent[i];
    }
    return i;
  }

  join(i: number, j: number): void {
    const [a, b] = [this.first(i), this.first(j)];
    this.#parent[Math.max(a, b)] = Math.min(a, b);
  }

  /** The first of its set, for each number. */
  firsts(): Int32Array {
    return this.#parent.map((_, i) => this.first(i));
  }
}
