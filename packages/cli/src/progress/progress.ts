import { printable } from '@polytag/core';
import { unshielded } from '../program/printable-streams.js';

/** The state of a long job. */
export interface ProgressState {
  /** What is being done, e.g. `epoch 3/12`. */
  readonly label: string;
  readonly done: number;
  /** Undefined if the total is not known. */
  readonly total?: number;
  /** Items per second with their unit, e.g. `183 images/s`. */
  readonly rate?: string;
  readonly secondsLeft?: number;
  /** Further figures, e.g. `loss 12.3`. */
  readonly detail?: string;
}

/** `75` -> `1:15`, `4000` -> `1:06:40`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${pad(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

/**
 * Shows the progress of a job: on a terminal, one line that is overwritten; elsewhere, a plain line at most every
 * `plainInterval` seconds (default 10), which keeps logs short.
 */
export class Progress {
  readonly #stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  readonly #plainInterval: number;
  readonly #now: () => number;
  #lastShown = -Infinity;
  #open = false;

  constructor(
    stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number },
    options: { readonly plainInterval?: number; readonly now?: () => number } = {},
  ) {
    this.#stream = unshielded(stream);
    this.#plainInterval = options.plainInterval ?? 10;
    this.#now = options.now ?? (() => performance.now() / 1000);
  }

  update(state: ProgressState): void {
    const now = this.#now();
    const finished = state.total !== undefined && state.done >= state.total;
    const interval = this.#stream.isTTY ? 0.1 : this.#plainInterval;
    if (!finished && now - this.#lastShown < interval) return;
    this.#lastShown = finished ? -Infinity : now;
    const text = [
      state.label,
      state.total === undefined ? `${state.done}` : `${state.done}/${state.total}`,
      ...(state.rate ? [state.rate] : []),
      ...(state.secondsLeft === undefined || finished ? [] : [`${duration(state.secondsLeft)} left`]),
      ...(state.detail ? [state.detail] : []),
    ]
      .map((part) => printable(part, Infinity))
      .join('  ');
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#stream.write(`\r\x1b[2K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    this.#open = true;
  }

  /** Writes a line that stays, and clears the progress line. Line breaks in the text are printed as escapes. */
  line(text: string): void {
    if (this.#open) this.#stream.write('\r\x1b[2K');
    this.#open = false;
    this.#stream.write(`${printable(text, Infinity)}\n`);
  }
}
