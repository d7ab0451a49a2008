import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobContext } from '@polytag/queue';
import type { FitEvent } from '@polytag/training';

/**
 * Makes a run folder of an attempt before this one ready to go on. What made the folder is known by the job, and the
 * config in it has paths of that attempt; a lock is of an attempt that this one has replaced.
 *
 * @param folder of the attempt
 * @param name of the run folder in it
 */
export async function takeOverRun(folder: string, name: string): Promise<void> {
  const configs = ['config.yaml', 'config.files.yaml'];
  for (const file of [...configs, 'run.lock', ...configs.map((file) => join('lr-search', file))])
    await rm(join(folder, name, file), { force: true });
}

/** How often a job tells of its steps at most, ms. */
const EVERY = 500;

/** What tells the steps of a run as those of its job. */
export function stepReport(report: JobContext['report']): (event: FitEvent) => void {
  let told = -Infinity;
  return (event) => {
    if (event.kind !== 'step' || performance.now() - told <= EVERY) return;
    told = performance.now();
    report({ done: event.step, total: event.totalSteps, unit: 'steps' });
  };
}
