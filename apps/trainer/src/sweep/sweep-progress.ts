import type { Progress } from '@polytag/cli';
import type { Executor } from '@polytag/queue';
import { runningJobs } from '../jobs/running-jobs.js';
import { bestOf, type SweepTrial } from './sweep-tables.js';
import { settingsText, type SweepSettings } from './settings.js';

/** How often the line is written, ms. */
const EVERY = 1000;

/** Shows how a sweep goes: a lasting line for each trial that ends, and one for those that are under way. */
export class SweepProgress {
  readonly #jobs = new Map<number, string>();
  readonly #start = performance.now();
  readonly #timer: NodeJS.Timeout;
  #done = 0;
  /** Of those that ended, the ones that were done before. */
  #reused = 0;

  constructor(
    private readonly total: number,
    private readonly executor: Executor,
    private readonly progress: Progress,
  ) {
    this.#timer = setInterval(() => this.#show(), EVERY);
  }

  add(trial: number, id: string, settings: SweepSettings): void {
    if (this.executor.progress(id).state === 'published') this.#reused++;
    else this.progress.line(`trial ${trial}: ${settingsText(settings)}`);
    this.#jobs.set(trial, id);
  }

  ended(trial: SweepTrial, all: readonly SweepTrial[]): void {
    this.#jobs.delete(trial.trial);
    this.#done++;
    const told = trial.mAP === null ? '' : `, mAP ${(100 * trial.mAP).toFixed(2)} %`;
    const end = { complete: '', pruned: ' (pruned: below the median)', diverged: ' (diverged)', failed: ' failed', waiting: '' }; // prettier-ignore
    const best = bestOf(all) === trial ? '  (best so far)' : '';
    const why = trial.error === undefined ? '' : `: ${trial.error}`;
    this.progress.line(`trial ${trial.trial}${told}${end[trial.status]}${best}${why}`);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #show(): void {
    const under = [...this.#jobs].map(([trial, id]) => ({ trial, ...this.executor.progress(id) }));
    const running = under.filter(({ state }) => state === 'running');
    // What a trial has done counts in part, so that a sweep of a few long trials has a rate as well.
    const parts = running.reduce((sum, { done = 0, total }) => sum + (total ? done / total : 0), 0);
    const minutes = (performance.now() - this.#start) / 60_000;
    const rate = (this.#done - this.#reused + parts) / minutes;
    this.progress.update({
      label: 'finished trials',
      done: this.#done,
      total: this.total,
      ...(rate > 0 && {
        rate: rate < 1 ? `${(60 * rate).toFixed(1)} trials/h` : `${rate.toFixed(1)} trials/min`,
        secondsLeft: (60 * (this.total - this.#done - parts)) / rate,
      }),
      detail: runningJobs(running.slice(0, 4).map((job) => ({ ...job, name: `trial ${job.trial}` }))),
    });
  }
}
