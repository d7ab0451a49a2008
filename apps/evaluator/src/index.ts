import { printableStreams, runProgram, type Streams } from '@polytag/cli';
import { evaluatorProgram } from './program.js';

/** The command line `polytag-eval`. Gives the exit status (table in @polytag/core's errors). */
export async function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  const shown = printableStreams(streams);
  return runProgram(evaluatorProgram(shown), argv, shown);
}
