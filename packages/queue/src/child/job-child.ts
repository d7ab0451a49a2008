import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { failureOf, InterruptedError } from '@polytag/core';
import { kindOf, type JobKind } from '../jobs/job-kind.js';
import { Store } from '../store/store.js';
import type { ChildMessage, ChildRequest } from './messages.js';

/**
 * The whole life of a process that does one job: it is told which, does it, tells how it ended, and is gone. It also goes
 * when its parent does, however that ended and whatever this process is computing.
 *
 * @param kinds loads the jobs that the program knows
 */
export function runJobChild(kinds: () => Promise<readonly JobKind[]>): void {
  endWithParent();
  const stop = new AbortController();
  // At Ctrl-C the terminal signals parent and child; the parent says what is to be done.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => stop.abort());
  process.once('message', (request: ChildRequest) => {
    void attempt(request, kinds, stop.signal).then((message) => {
      // The channel is empty when the parent has the message.
      process.send!(message, () => process.exit(0));
    });
  });
}

async function attempt(
  { store: path, isLocal, job, folder, allowModules }: ChildRequest,
  kinds: () => Promise<readonly JobKind[]>,
  signal: AbortSignal,
): Promise<ChildMessage> {
  const log = createWriteStream(join(folder, 'log.txt'), { flags: 'a' });
  log.on('error', () => undefined);
  try {
    const store = await Store.open(path, { local: isLocal });
    const kind = kindOf(job, await kinds());
    const report = (step: ChildMessage) => void process.send!(step);
    await kind.run(job.parameters, {
      store,
      folder,
      signal,
      allowModules,
      log,
      report: (step) => report({ step }),
    });
    return { ended: true };
  } catch (error) {
    if (signal.aborted && error instanceof InterruptedError) return { interrupted: true };
    return { failed: failureOf(error) };
  } finally {
    log.end();
    await finished(log).catch(() => undefined);
  }
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
