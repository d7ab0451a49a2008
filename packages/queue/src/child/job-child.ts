import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { failureOf, InterruptedError } from '@polytag/core';
import { fileErrorFrom } from '@polytag/files';
import { kindOf, type JobKind } from '../jobs/job-kind.js';
import { Store } from '../store/store.js';
import type { ChildEnd, ChildMessage, ChildRequest } from './messages.js';

/**
 * Main function of a process that runs jobs, one at a time: it receives a job, runs it, and reports how it ended. If the
 * kind of job has a `processKey`, it then waits for the next job; otherwise it ends. It also ends when its parent does, in
 * any way and at any time.
 *
 * @param kinds loads the kinds of job that the program can run
 */
export function runJobChild(kinds: () => Promise<readonly JobKind[]>): void {
  endWithParent();
  const stop = new AbortController();
  let isBusy = false;
  // At Ctrl-C the terminal signals parent and child; the parent says what is to be done.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => {
    stop.abort();
    if (!isBusy) process.exit(0);
  });
  const jobs = new JobRunner(kinds(), stop.signal);
  process.on('message', (request: ChildRequest) => {
    isBusy = true;
    tell({ isAlive: true });
    void jobs.run(request).then((end) => {
      isBusy = false;
      const isKept = 'ended' in end && end.isKept && !stop.signal.aborted;
      // The channel is empty when the parent has the message.
      process.send!('ended' in end ? { ...end, isKept } : end, () => isKept || process.exit(0));
    });
  });
}

/** How often the parent is told that a job is alive, ms. */
const ALIVE = 1000;

class JobRunner {
  readonly #kinds: Promise<readonly JobKind[]>;
  readonly #signal: AbortSignal;
  /** Which jobs may follow those that were done; undefined before the first. */
  #key: string | undefined;
  #hasRun = false;
  #kept: Promise<unknown> | undefined;

  constructor(kinds: Promise<readonly JobKind[]>, signal: AbortSignal) {
    this.#kinds = kinds;
    this.#signal = signal;
    // Who asks for a job is told.
    kinds.catch(() => undefined);
  }

  async run({ store: path, isLocal, job, folder, allowModules }: ChildRequest): Promise<ChildEnd> {
    const log = toldLog(join(folder, 'log.txt'));
    try {
      const kind = kindOf(job, await this.#kinds);
      const key = kind.processKey?.(job.parameters);
      if (this.#hasRun && (key === undefined || key !== this.#key)) return { declined: true };
      [this.#hasRun, this.#key] = [true, key];
      await kind.run(job.parameters, {
        store: await Store.open(path, { local: isLocal }),
        folder,
        signal: this.#signal,
        allowModules,
        log,
        report: (step) => void tell({ step }),
        keep: <Kept>(open: () => Promise<Kept>) => (this.#kept ??= open()) as Promise<Kept>,
      });
      return { ended: true, isKept: key !== undefined };
    } catch (error) {
      if (this.#signal.aborted && error instanceof InterruptedError) return { interrupted: true };
      // What the system refused is told as everywhere.
      return { failed: failureOf(fileErrorFrom(error) ?? error) };
    } finally {
      log.end();
      await finished(log).catch(() => undefined);
    }
  }
}

const tell = (message: ChildMessage) => process.send!(message);

/** A file of lines; what is written to it is a sign of life. */
function toldLog(path: string): Writable {
  const file = createWriteStream(path, { flags: 'a' });
  file.on('error', () => undefined);
  let told = -Infinity;
  return new Writable({
    write(text, _, done) {
      if (performance.now() - told > ALIVE) {
        told = performance.now();
        tell({ isAlive: true });
      }
      // An attempt that was replaced has no folder any more: that is told where it matters.
      file.write(text, () => done());
    },
    final: (done) => void file.end(() => done()),
  });
}

/**
 * A kernel may hold this thread for minutes, in which no event of the channel is seen: another thread looks whether the
 * parent is the one that it was.
 */
function endWithParent(): void {
  process.on('disconnect', () => process.exit(1));
  const watch = `
    const { workerData: parent } = require('node:worker_threads');
    const isAlive = () => { try { process.kill(parent, 0); return true; } catch { return false; } };
    setInterval(() => {
      if (process.ppid !== parent || !isAlive()) process.kill(process.pid, 'SIGKILL');
    }, 1000);`;
  new Worker(watch, { eval: true, workerData: process.ppid }).unref();
}
