/** How much of something may be in use at once. Who comes first is served first. */
export class Budget {
  readonly #limit: number;
  readonly #waiting: { readonly amount: number; readonly start: () => void }[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Does a job while it holds an amount. What takes more than there is runs alone.
   *
   * @throws what the job throws
   */
  async hold<Result>(amount: number, job: () => Promise<Result>): Promise<Result> {
    const held = Math.min(amount, this.#limit);
    if (this.#waiting.length > 0 || this.#used + held > this.#limit) {
      await new Promise<void>((start) => this.#waiting.push({ amount: held, start }));
    } else this.#used += held;
    try {
      return await job();
    } finally {
      this.#used -= held;
      this.#serve();
    }
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#used + this.#waiting[0].amount <= this.#limit) {
      const { amount, start } = this.#waiting.shift()!;
      this.#used += amount;
      start();
    }
  }
}
