import { collect, untilInterrupted, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
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
    .description('train a config with different settings, and compare the results in one table')
    .requiredOption('--config <file>', 'YAML file of one experiment')
    .option(
      '--grid <file>',
      'YAML file that maps config keys to lists of values; every combination is a trial',
    )
    .option(
      '--tpe <file>',
      'YAML file that maps config keys to intervals or lists of values, searched by TPE',
    )
    .option('--trials <n>', 'number of trials of --tpe (default: 20)', wholeNumber)
    .addOption(
      new Option(
        '--trial <i/n>',
        'train only every n-th trial of the grid, starting at the i-th; run the command without --trial to collect the results',
      )
        .argParser(shareOf)
        .conflicts('queue'),
    )
    .option('--out <folder>', 'folder for trials.json, trials.csv and best.yaml', 'runs/sweep')
    .option('--set <key=value>', 'override a config value; may be repeated', collect, [])
    .option('--prune', 'stop trials early if their scores are below the median of earlier rounds (default)')
    .option('--no-prune', 'train every trial to the end')
    .option(
      '--round <n>',
      'trials of a round; pruning and search use the results of earlier rounds only (default: 8)',
      wholeNumber,
    )
    .addOption(parallelOption('trials at once on this machine (default: by its cores and memory)'));
  return withQueueOptions(command).action(async ({ out, trial, ...options }: SweepCommandOptions) => {
    const { stoppedSweep, sweep } = await whileLoading(() => import('../sweep/sweep.js'));
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
  if (!(index >= 1 && index <= count))
    throw new InvalidArgumentError('Expected a share such as 1/3, 2/3 or 3/3.');
  return { index, count };
}
