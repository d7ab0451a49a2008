import { runProgram, type Streams } from '@polytag/cli';
import { soakProgram } from './program.js';

/** Runs the command line and gives its exit status: 1 when a run did not end as it should. */
export function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  return runProgram(soakProgram(streams), argv, streams);
}
