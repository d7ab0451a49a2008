import { Progress } from '@polytag/cli';
import type { JobContext } from '@polytag/queue';
import type { RunContext } from '../run/run-context.js';

/**
 * What a job hands to the work that a command would start.
 *
 * @param what the config is of, for errors, e.g. `folds`
 */
export const jobContext = (
  what: string,
  { store, signal, log }: Pick<JobContext, 'store' | 'signal' | 'log'>,
): RunContext => ({
  source: `the config of the ${what}`,
  baseFolder: store.path,
  signal,
  progress: new Progress(log),
  out: log,
  checkImages: (paths) => store.assertWithin(paths),
});
