import { runProgram, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { predictCommand } from './commands/predict.js';
import { scoreCommand } from './commands/score.js';

/** The command line `polytag-eval`. Gives the exit status (table in @polytag/core's errors). */
export async function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  const program = new Command('polytag-eval')
    .description('Scores a saved multi-label model on labelled photographs, and predicts labels for new ones.')
    .addCommand(scoreCommand(streams))
    .addCommand(predictCommand(streams));
  return runProgram(program, argv, streams);
}
