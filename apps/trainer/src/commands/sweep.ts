import { collect, untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
import { InterruptedError } from '@polytag/core';
import { parallelOption, withQueueOptions, type QueueOptions } from '@polytag/queue';
import { Command, InvalidArgumentError, Option } from 'commander';
import { withSettingHints } from '../config/setting-hints.js';
import { runContext } from '../run/run-context.js';

interface SweepCommandOptions extends QueueOptions {
  readonly config: string;
  readonly grid?: string;
  readonly tpe?: string;
  readonly trials?: number;
  readonly trial?: { readonly index: number; readonly count: number };
  readonly out: string;
  readonly set: string[];
  readonly prune?: boolean;
  readonly round?: number;
  readonly parallel?: number;
}

export function sweepCommand(streams: Streams): Command {
  const command = withSettingHints(new Command('sweep'), [])
    .description(
      'train a config with many settings, of any of its keys, and compare them: one table, one best config',
    )
    .requiredOption('--config <file>', 'YAML file of one experiment')
    .option('--grid <file>', 'YAML file of config keys with lists of values: every combination is a trial')
    .option('--tpe <file>', 'YAML file of config keys with intervals or lists, which a TPE chooses from')
    .option('--trials <n>', 'trials of --tpe (default: 20)', wholeNumber)
    .addOption(
      new Option(
        '--trial <i/n>',
        'only every n-th trial of the grid, from the i-th on; the command without it collects them',
      )
        .argParser(shareOf)
        .conflicts('queue'),
    )
    .option('--out <folder>', 'where trials.json, trials.csv and best.yaml go', 'runs/sweep')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .option('--prune', 'end trials early whose scores are below the median of earlier rounds (default)')
    .option('--no-prune', 'train every trial to its end')
    .option('--round <n>', 'trials of a round, which know nothing of each other (default: 8)', wholeNumber)
    .addOption(parallelOption('trials at once on this machine (default: by its cores and memory)'));
  return withQueueOptions(command).action(async ({ out, trial, ...options }: SweepCommandOptions) => {
    const { stoppedSweep, sweep } = await import('../sweep/sweep.js');
    await untilInterrupted(async (signal) => {
      const context = runContext(streams, signal, options.config);
      try {
        await sweep({ ...options, folder: out, share: trial }, context);
      } catch (error) {
        throw error instanceof InterruptedError ? stoppedSweep(error) : error;
      }
    });
  });
}

/** `2/3`, as an option gives it. */
function shareOf(text: string): { readonly index: number; readonly count: number } {
  const [index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (!(index >= 1 && index <= count)) throw new InvalidArgumentError('It must be such as 1/3, 2/3 or 3/3.');
  return { index, count };
}
