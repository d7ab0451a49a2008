import { JobProcess, type RunJobOptions } from './job-process.js';
import type { ChildRequest } from './messages.js';

export interface JobProcessesOptions {
  /** A module that calls `runJobChild`. */
  readonly childModule: URL;
  /** How long a job may show no progress until its process is killed, seconds. Default {@link HANG_SECONDS}. */
  readonly hangSeconds?: number;
}

/** An epoch of a large network may be scored without a word for minutes; a machine that swaps takes longer. */
export const HANG_SECONDS = 3600;

/** How long a process without a job is kept, ms: it holds the memory of a model. */
const IDLE = 120_000;

/**
 * Processes that do jobs, each one at a time, so that this one's event loop stays free. A process that has done a job
 * well, and whose kind says so, is kept for the next: it has the model loaded. After anything else it has ended, and the
 * next job gets a new one.
 */
export class JobProcesses {
  readonly #options: JobProcessesOptions;
  readonly #idle: { readonly process: JobProcess; readonly timer: NodeJS.Timeout }[] = [];

  constructor(options: JobProcessesOptions) {
    this.#options = options;
  }

  /** Starts a process before there is a job for it. */
  prepare(): void {
    this.#keep(new JobProcess(this.#options.childModule));
  }

  /** As `run` of {@link JobProcess}. */
  async run(request: ChildRequest, options: RunJobOptions): Promise<void> {
    const { childModule, hangSeconds = HANG_SECONDS } = this.#options;
    for (;;) {
      const process = this.#take() ?? new JobProcess(childModule);
      const outcome = await process.run(request, { ...options, hangSeconds });
      if (outcome === 'kept') this.#keep(process);
      if (outcome !== 'declined') return;
    }
  }

  /** Ends those that have nothing to do; none may be running a job. */
  async close(): Promise<void> {
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all(idle.map(({ process }) => process.end()));
  }

  #take(): JobProcess | undefined {
    for (;;) {
      const last = this.#idle.pop();
      if (!last) return undefined;
      clearTimeout(last.timer);
      // It may have been killed meanwhile.
      if (last.process.isUsable) return last.process;
    }
  }

  #keep(process: JobProcess): void {
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((one) => one.process === process);
      if (at >= 0) this.#idle.splice(at, 1);
      void process.end();
    }, IDLE);
    this.#idle.push({ process, timer });
  }
}
