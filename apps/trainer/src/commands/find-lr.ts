import { dirname, join, resolve } from 'node:path';
import { printable } from '@polytag/core';
import { Progress, type Streams } from '@polytag/cli';
import { rateSearchSchema } from '@polytag/training/settings';
import { Command, Option } from 'commander';
import { loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { untilInterrupted } from './until-interrupted.js';
import { collect } from './collect.js';

interface FindLrOptions {
  config: string;
  mode?: 'range' | 'tpe';
  out: string;
  set: string[];
  resume?: boolean;
}

export function findLrCommand(streams: Streams): Command {
  return new Command('find-lr')
    .description('search for the learning rate of a config, without training it')
    .requiredOption('--config <file>', 'YAML file of one experiment')
    .addOption(
      new Option(
        '--mode <mode>',
        "a range test of one epoch, or trials chosen by a TPE; default: the config's, else range",
      ).choices(['range', 'tpe']),
    )
    .option('--out <folder>', 'where search.json, trials and the chart go', 'runs/find-lr')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .option('--resume', 'go on with the search in the folder')
    .action(async ({ config: file, mode, out: folder, set, resume = false }: FindLrOptions) => {
      const given = withMode(await loadRunConfig(file, set), mode);
      const { chartFile, findRate } = await import('../run/find-rate.js');
      const { prepareRun } = await import('../run/prepare-run.js');
      const { withReplicaCount } = await import('../run/run-folder-config.js');
      const config = await withReplicaCount(given, folder, resume);
      const progress = new Progress(streams.err);
      await untilInterrupted(async (signal) => {
        const place = { source: file, baseFolder: resolve(dirname(file)) };
        // Trials have checkpoints of their own: the model itself begins from its initial weights.
        const run = await prepareRun(config, { folder, progress, signal, resume: false, ...place });
        try {
          const { training } = await findRate(config, run, { folder, resume, signal, progress });
          streams.out.write(`learning rate ${training.learningRate}\n`);
          streams.out.write(`  --set training.learningRate=${training.learningRate}\n`);
          streams.out.write(`search: ${printable(join(folder, 'search.json'), Infinity)}\n`);
          if (searchOf(config).mode === 'range')
            streams.out.write(`chart: ${printable(chartFile(folder), Infinity)}\n`);
        } finally {
          await run.close();
        }
      });
    });
}

/** The config's search where it is of the wanted kind; else that kind with its defaults. */
function withMode(config: RunConfig, mode: FindLrOptions['mode']): RunConfig {
  const own = config.training.findLearningRate;
  const findLearningRate =
    own && (mode === undefined || own.mode === mode)
      ? own
      : rateSearchSchema.parse({ mode: mode ?? 'range' });
  return { ...config, training: { ...config.training, findLearningRate } };
}

const searchOf = ({ training }: RunConfig) =>
  training.findLearningRate as Exclude<RunConfig['training']['findLearningRate'], false>;
