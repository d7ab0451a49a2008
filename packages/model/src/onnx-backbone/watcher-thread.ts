/** The entry of a thread that starts another and tells, to one who waits, that it has ended. */
import { Worker, workerData } from 'node:worker_threads';
import { NO_ARGUMENTS, wake, type WatcherStart } from './blocking-thread.js';

const { module, start, ends } = workerData as WatcherStart;
const { answered } = start;

const thread = new Worker(new URL(module), {
  workerData: start,
  transferList: [start.port],
  ...NO_ARGUMENTS,
});
let why: string | undefined;
thread.on('error', (error: unknown) => {
  why = error instanceof Error ? error.message : String(error);
});
thread.on('exit', (status) => {
  ends.postMessage(why ?? `it ended with status ${status}`);
  wake(answered);
});
