import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { checkRunConfig, loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { trainRun } from '../run/train-run.js';
import { configForLabelFiles } from './label-file-config.js';
import { untilInterrupted } from './until-interrupted.js';

interface FitOptions {
  config?: string;
  train?: string;
  val?: string;
  out: string;
  set: string[];
  resume?: boolean;
}

const collect = (value: string, before: string[]) => [...before, value];

export function fitCommand(streams: Streams): Command {
  return new Command('fit')
    .description('train a model, from a config file or from label files')
    .option('--config <file>', 'YAML file of one experiment')
    .option('--train <file>', 'label file to train on (without a config)')
    .option('--val <file>', 'label file to score on (without a config)')
    .requiredOption('--out <folder>', 'run folder: checkpoints, metrics.jsonl, best/')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .option('--resume', 'go on from the last checkpoint of the run folder')
    .action(async (options: FitOptions) => {
      const config = await configOf(options);
      await untilInterrupted((signal) =>
        trainRun(config, {
          folder: options.out,
          source: options.config ?? 'command line',
          baseFolder: options.config ? resolve(dirname(options.config)) : process.cwd(),
          resume: options.resume ?? false,
          signal,
          progress: new Progress(streams.err),
          out: streams.out,
        }),
      );
    });
}

async function configOf(options: FitOptions): Promise<RunConfig> {
  if (options.config && (options.train || options.val)) {
    throw new UsageError('usage/config-and-files', 'Give either --config or --train and --val, not both.', {
      hint: 'A config names its label files under data; --set data.train=FILE overrides one.',
    });
  }
  if (options.config) return loadRunConfig(options.config, options.set);
  if (!options.train) {
    throw new UsageError('usage/no-config', 'Nothing to train on: neither --config nor --train was given.', {
      hint: 'For example: polytag-train fit --train train.json --val val.json --out runs/first',
    });
  }
  return checkRunConfig(configForLabelFiles(options.train, options.val), options.set, 'command line');
}
