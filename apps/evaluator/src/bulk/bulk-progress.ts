import type { DataError } from '@polytag/core';
import { Progress, type Streams } from '@polytag/cli';
import { describeBad, someBad } from '../scoring/bad-images.js';

/** Below this number of photographs no progress is shown. */
const MANY = 32;

/** Counts the photographs of a long job, shows how it goes, and names those that cannot be used. */
export class BulkProgress {
  readonly #progress: Progress;
  readonly #start = performance.now();
  #done = 0;
  #skipped = 0;
  #bad = 0;
  #isComplete = false;

  /**
   * @param label what is being done, e.g. `predicting`
   * @param total how many there are, as far as it is known
   */
  constructor(
    { err }: Streams,
    private readonly label: string,
    private readonly total: () => number | undefined,
  ) {
    this.#progress = new Progress(err);
  }

  /** Photographs that are done, those that cannot be used and those of an earlier run included. */
  get done(): number {
    return this.#done;
  }

  bad(error: DataError): void {
    this.#bad++;
    this.#progress.line(describeBad(error));
  }

  /** @param fromBefore those of `images` that an earlier run did */
  add(images: number, fromBefore = 0): void {
    this.#done += images;
    this.#skipped += fromBefore;
    this.#show(this.total());
  }

  /** @throws DataError `data/bad-images` when there were any */
  end(): void {
    if (!this.#isComplete) this.#show(this.#done);
    if (this.#bad > 0) throw someBad(this.#bad, this.#done);
  }

  #show(total: number | undefined): void {
    const done = this.#done;
    this.#isComplete = done === total;
    if ((total ?? done) <= MANY) return;
    const rate = (done - this.#skipped) / ((performance.now() - this.#start) / 1000);
    this.#progress.update({
      label: this.label,
      done,
      total,
      // Where all was done before, there is none.
      ...(rate > 0 && { rate: `${rate.toFixed(rate < 10 ? 1 : 0)} images/s` }),
      ...(total !== undefined && rate > 0 && { secondsLeft: (total - done) / rate }),
    });
  }
}
