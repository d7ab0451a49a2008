/** Disjoint sets of the numbers from 0; a set is represented by its smallest number. */
export class DisjointSets {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  /** Smallest number of the set that contains a number. */
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

  /** Smallest number of its set, for every number. */
  firsts(): Int32Array {
    return this.#parent.map((_, i) => this.first(i));
  }
}
