/* global setTimeout, clearTimeout */
/** Collects the items of several requests, and computes them as one batch. */
export class Batcher {
  #waiting = [];
  #running = false;
  #timer;

  /**
   * @param compute returns one result per item, in order
   * @param most maximum items per batch
   * @param wait how long an item waits for others, ms
   * @param queue maximum items that wait
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
      // Items that arrived meanwhile have waited long enough.
      void this.#run();
    }
  }
}
