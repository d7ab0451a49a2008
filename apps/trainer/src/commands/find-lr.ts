import { collect, untilInterrupted, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { rateSearchSchema } from '@polytag/training/settings';
import { Command, Option } from 'commander';
import { weightsWarnings } from '../config/known-weights.js';
import { loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { runContext } from '../run/run-context.js';
import { withSettingHints } from '../config/setting-hints.js';

interface FindLrOptions {
  config: string;
  mode?: 'range' | 'tpe';
  trials?: number;
  epochs?: number;
  out: string;
  set: string[];
  resume?: boolean;
}

export function findLrCommand(streams: Streams): Command {
  return withSettingHints(new Command('find-lr'), ['--epochs'])
    .description('find a learning rate for a config, without training the model')
    .requiredOption('--config <file>', 'config file (YAML)')
    .addOption(
      new Option(
        '--mode <mode>',
        "range: a test of one epoch; tpe: trials chosen by a TPE (default: the config's, else range)",
      ).choices(['range', 'tpe']),
    )
    .option('--trials <n>', 'number of trials, for tpe (default: 15)', wholeNumber)
    .option('--epochs <n>', 'epochs per trial (default: 10)', wholeNumber)
    .option('--out <folder>', 'folder for search.json, the trials and the chart', 'runs/find-lr')
    .option('--set <key=value>', 'set one key of the config; may be given more than once', collect, [])
    .option('--resume', 'continue the search in the folder')
    .action(async (options: FindLrOptions) => {
      const { config: file, out: folder, set, resume = false } = options;
      const config = withSearch(await loadRunConfig(file, set), options);
      const { searchRate } = await whileLoading(() => import('../run/find-rate.js'));
      await untilInterrupted(async (signal) => {
        const context = runContext(streams, signal, file);
        for (const line of await weightsWarnings(config)) context.progress.line(line);
        await searchRate(config, { folder, resume }, context);
      });
    });
}

/**
 * The config's search where it is of the wanted kind; else that kind with its defaults. Trials and epochs are of a search
 * by trials, and ask for one.
 */
function withSearch(config: RunConfig, { mode: wanted, trials, epochs }: FindLrOptions): RunConfig {
  const own = config.training.findLearningRate;
  const counts = { ...(trials && { trials }), ...(epochs && { epochs }) };
  const hasCounts = trials !== undefined || epochs !== undefined;
  const mode = wanted ?? (hasCounts ? 'tpe' : own ? own.mode : 'range');
  if (hasCounts && mode === 'range') {
    throw new UsageError(
      'usage/range-test-trials',
      '--trials and --epochs do not work with --mode range: a range test trains one epoch.',
      {
        hint: 'Remove --trials and --epochs, or add --mode tpe.',
      },
    );
  }
  const base = own && own.mode === mode ? own : { mode };
  const findLearningRate = rateSearchSchema.parse({ ...base, ...counts });
  return { ...config, training: { ...config.training, findLearningRate } };
}
