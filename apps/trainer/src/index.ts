import { runProgram, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { fitCommand } from './commands/fit.js';
import { initCommand } from './commands/init.js';
import { inspectCommand } from './commands/inspect.js';

export { runConfigSchema, type RunConfig } from './config/run-config.js';
export { loadRunConfig } from './config/load-run-config.js';

/** The command line `polytag-train`. Gives the exit status (table in @polytag/core's errors). */
export async function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  const program = new Command('polytag-train')
    .description(
      'Trains a multi-label image classifier: photographs and a label file in, a scored model folder out.',
    )
    .addCommand(fitCommand(streams))
    .addCommand(inspectCommand(streams))
    .addCommand(initCommand(streams));
  return runProgram(program, argv, streams);
}
