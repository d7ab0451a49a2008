import type { JobProgress } from '@polytag/queue';

/**
 * How jobs that are under way stand, for a line of progress: `trial 1: 12 of 40 steps; trial 2: starting`.
 *
 * @param jobs each with what people call it, e.g. `trial 1`
 */
export const runningJobs = (jobs: readonly (JobProgress & { readonly name: string })[]): string =>
  jobs.map((job) => `${job.name}: ${standOf(job)}`).join('; ');

function standOf({ state, done, total, unit = '' }: JobProgress): string {
  if (state === 'published') return 'finished';
  if (state !== 'running') return state;
  // Until it tells of a step, it loads its model and its data.
  if (done === undefined) return 'starting';
  return `${done}${total === undefined ? '' : ` of ${total}`} ${unit}`.trimEnd();
}
