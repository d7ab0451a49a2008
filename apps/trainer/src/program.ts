import { createRequire } from 'node:module';
import type { Streams } from '@polytag/cli';
import { jobsCommand, workerCommand } from '@polytag/queue';
import { Command } from 'commander';
import { convertCommand } from './commands/convert.js';
import { fitCommand } from './commands/fit.js';
import { findLrCommand } from './commands/find-lr.js';
import { importCommand } from './commands/import.js';
import { initCommand } from './commands/init.js';
import { inspectCommand } from './commands/inspect.js';
import { labelIssuesCommand } from './commands/label-issues.js';
import { prepareCommand } from './commands/prepare.js';
import { splitCommand } from './commands/split.js';
import { sweepCommand } from './commands/sweep.js';
import { tuneCommand } from './commands/tune.js';
import { TRAINER_JOBS } from './jobs/trainer-jobs.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Every command of `polytag-train`. */
export function trainerProgram(streams: Streams): Command {
  return (
    new Command('polytag-train')
      .description('Prepares data and trains multi-label image classifiers.')
      .version(version)
      // What stands behind the name of a command is the command's.
      .enablePositionalOptions()
      .addCommand(fitCommand(streams))
      .addCommand(findLrCommand(streams))
      .addCommand(tuneCommand(streams))
      .addCommand(sweepCommand(streams))
      .addCommand(workerCommand(streams, TRAINER_JOBS))
      .addCommand(jobsCommand(streams, TRAINER_JOBS))
      .addCommand(importCommand(streams))
      .addCommand(inspectCommand(streams))
      .addCommand(labelIssuesCommand(streams))
      .addCommand(prepareCommand(streams))
      .addCommand(splitCommand(streams))
      .addCommand(convertCommand(streams))
      .addCommand(initCommand(streams))
  );
}
