// Loaded before a program (`node --import`), which has a process of its own: POLYTAG_FAULT says which write fails, and
// where to note what was written.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const { report, ...fault } = JSON.parse(process.env.POLYTAG_FAULT);
  // As the system has it, before faults come between.
  const note = writeFileSync;
  const { letFail, written } = await import('./faulty-files.mjs');
  letFail(fault);
  process.on('exit', () => note(report, JSON.stringify(written())));
}
