/* global setTimeout, clearTimeout */
/** Gathers what several requests ask for, and computes it together. */
export class Batcher {
  #waiting = [];
  #running = false;
  #timer;

  /**
   * @param compute one result for each of some items, in their order
   * @param most items that are computed at once
   * @param wait how long an item waits for others, ms
   * @param queue items that may wait
   */
  constructor(compute, { most, wait, queue }) {
    Object.assign(this, { compute, most, wait, queue });
  }

  get isFull() {
    return this.#waiting.length >= this.queue;
  }

  add(item) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#waiting.length >= this.most) void this.#run();
      else this.#timer ??= setTimeout(() => void this.#run(), this.wait);
    });
  }

  async #run() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running || this.#waiting.length === 0) return;
    this.#running = true;
    const some = this.#waiting.splice(0, this.most);
    try {
      const results = await this.compute(some.map(({ item }) => item));
      some.forEach(({ resolve }, i) => resolve(results[i]));
    } catch (error) {
      for (const { reject } of some) reject(error);
    } finally {
      this.#running = false;
      // What came meanwhile has waited long enough.
      void this.#run();
    }
  }
}
