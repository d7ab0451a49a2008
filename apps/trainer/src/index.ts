import { printableStreams, runProgram, type Streams } from '@polytag/cli';
import { trainerProgram } from './program.js';

export { runConfigSchema, type RunConfig } from './config/run-config.js';
export { loadRunConfig } from './config/load-run-config.js';

/** The command line `polytag-train`. Gives the exit status (table in @polytag/core's errors). */
export async function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  const shown = printableStreams(streams);
  return runProgram(trainerProgram(shown), argv, shown);
}
