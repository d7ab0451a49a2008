import { runProgram, type Streams } from '@polytag/cli';
import { benchProgram } from './program.js';

/** Runs the command line and gives its exit status. */
export function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  return runProgram(benchProgram(streams), argv, streams);
}
