import { duration, type Streams } from '@polytag/cli';

/** Runs tasks one after another and says before each what runs and about how long all of them still take. */
export class Turns {
  readonly #total: number;
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  #done = 0;
  #seconds = 0;

  /** @param now seconds */
  constructor(total: number, say: (line: string) => void, now = () => performance.now() / 1000) {
    this.#total = total;
    this.#say = say;
    this.#now = now;
  }

  async take<T>(what: string, task: () => Promise<T>): Promise<T> {
    const left = (this.#seconds / this.#done) * (this.#total - this.#done);
    const remaining = this.#done === 0 ? '' : `, about ${duration(left)} left`;
    this.#say(`${this.#done + 1}/${this.#total} ${what}${remaining}`);
    const start = this.#now();
    const result = await task();
    this.#seconds += this.#now() - start;
    this.#done++;
    return result;
  }
}

/** Turns that say on stderr what runs. */
export const toldTurns = (total: number, { err }: Streams): Turns =>
  new Turns(total, (line) => err.write(`${line}\n`));
