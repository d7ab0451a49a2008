import { resolve } from 'node:path';
import { collect, untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { parallelOption, withQueueOptions } from '@polytag/queue';
import { Command } from 'commander';
import type { JobPlace } from '../jobs/open-jobs.js';
import { weightsWarnings } from '../config/known-weights.js';
import { checkRunConfig, loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { runContext, type RunContext, type RunTarget } from '../run/run-context.js';
import { recipeConfig, recipeOption, type RecipeName } from '../config/recipes.js';
import { groupOption } from '../split/split-options.js';
import { withSettingHints } from '../config/setting-hints.js';

interface FitOptions extends JobPlace {
  config?: string;
  train?: string;
  val?: string;
  recipe?: RecipeName;
  out?: string;
  set: string[];
  resume?: boolean;
  folds?: number;
  group?: string;
  dryRun?: boolean;
  classes?: number;
  images?: number;
  valImages?: number;
}

export function fitCommand(streams: Streams): Command {
  return withQueueOptions(withSettingHints(new Command('fit')))
    .description('train a model, from a config file or from label files')
    .option('--config <file>', 'YAML file of one experiment')
    .option('--train <file>', 'label file to train on (without a config)')
    .option('--val <file>', 'label file to score on (without a config)')
    .addOption(recipeOption())
    .option('--out <folder>', 'run folder: checkpoints, metrics.jsonl, best/')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .option('--resume', 'continue from the last checkpoint of the run folder')
    .option(
      '--folds <n>',
      'cross-validation: divide the training images into n folds, train without each in turn, and score it',
      wholeNumber,
    )
    .addOption(groupOption())
    .addOption(
      parallelOption(
        'shares of training.machines at once on this machine (default: by its cores and memory)',
      ),
    )
    .option(
      '--dry-run',
      'run two random batches to validate the config and estimate memory, speed and total time',
    )
    .option('--classes <n>', 'labels of a dry run whose label files are not here', wholeNumber)
    .option('--images <n>', 'training images of such a dry run', wholeNumber)
    .option('--val-images <n>', 'validation images of such a dry run', wholeNumber)
    .action(async (options: FitOptions) => {
      const folder = checkedFolder(options);
      const config = await configOf(options);
      await untilInterrupted(async (signal) => {
        const context = runContext(streams, signal, options.config);
        const warnings = await weightsWarnings(config);
        for (const line of warnings) context.progress.line(line);
        if (folder === undefined) {
          const { dryRun } = await import('../dry-run/dry-run.js');
          await dryRun(config, options, context);
        } else {
          await run(config, { folder, resume: options.resume ?? false }, options, context);
          // A score that is too low is looked at where it stands.
          for (const line of warnings) context.out.write(`${line}\n`);
        }
      });
    });
}

async function run(
  config: RunConfig,
  target: RunTarget,
  { folds, group, queue, store, parallel }: FitOptions,
  context: RunContext,
): Promise<void> {
  const place = { queue, store, parallel };
  if (folds === undefined) {
    checkPlace(config, place);
    const { showResult, trainRun } = await import('../run/train-run.js');
    return showResult(
      await trainRun(withSharedFeatures(config, place), target, context, { place }),
      context.out,
    );
  }
  const { trainFolds } = await import('../folds/train-folds.js');
  const { showFolds } = await import('../folds/show-folds.js');
  showFolds(await trainFolds({ config, folds, group, ...target }, context), context.out);
}

/** @throws UsageError `usage/machines` */
function checkPlace({ training }: RunConfig, { queue, store, parallel }: JobPlace): void {
  if (training.machines || (queue ?? store ?? parallel) === undefined) return;
  throw new UsageError(
    'usage/machines',
    '--queue, --store and --parallel are for several machines, and training.machines is not set.',
    {
      hint: 'Say how many shares a batch has, e.g. --set training.machines=4',
    },
  );
}

/** Workers find features that are cached only within the store. */
function withSharedFeatures(config: RunConfig, { queue, store }: JobPlace): RunConfig {
  const { features } = config.training;
  if (queue === undefined || store === undefined || !features) return config;
  const cache = features.cache ?? resolve(store, 'features');
  return { ...config, training: { ...config.training, features: { ...features, cache } } };
}

/** Where the run goes; a dry run goes nowhere. */
function checkedFolder(options: FitOptions): string | undefined {
  const { out, resume, dryRun: dry, classes, images, valImages } = options;
  if (dry && resume) {
    throw new UsageError('usage/dry-run-resume', '--dry-run and --resume were both given.', {
      hint: 'A dry run begins and ends without a run folder.',
    });
  }
  checkFolds(options);
  if (dry) return undefined;
  if ((classes ?? images ?? valImages) !== undefined) {
    throw new UsageError('usage/dry-run-counts', '--classes, --images and --val-images are for --dry-run.', {
      hint: 'A run takes labels and images from its label files.',
    });
  }
  if (out === undefined) {
    throw new UsageError('usage/no-out', 'No run folder was given.', {
      hint: 'Say where the run goes with --out, or try it with --dry-run.',
    });
  }
  return out;
}

/** @throws UsageError `usage/folds` */
function checkFolds({ folds, group, val, dryRun }: FitOptions): void {
  if (folds === undefined && group !== undefined) {
    throw new UsageError('usage/folds', '--group was given without --folds.', {
      hint: 'It says which images are in one fold. polytag-train split divides one label file into two by it.',
    });
  }
  if (folds === undefined) return;
  if (folds < 2) {
    throw new UsageError('usage/folds', `--folds ${folds} is fewer than 2.`, {
      hint: 'Usual are 5 or 10: each image is scored by a model that was trained on the others.',
    });
  }
  if (val === undefined && !dryRun) return;
  throw new UsageError('usage/folds', `--folds and ${dryRun ? '--dry-run' : '--val'} were both given.`, {
    hint: dryRun
      ? 'A dry run without --folds tells what a run takes; folds take so many runs.'
      : 'Each fold of the training images is scored in turn: leave --val out.',
  });
}

async function configOf(options: FitOptions): Promise<RunConfig> {
  if (options.config && (options.train || options.val || options.recipe)) {
    throw new UsageError(
      'usage/config-and-files',
      'Give either --config or --train, --val and --recipe, not both.',
      {
        hint: 'A config names its label files under data; --set data.train=FILE overrides one.',
      },
    );
  }
  if (options.config) return loadRunConfig(options.config, options.set);
  if (!options.train) {
    throw new UsageError('usage/no-config', 'Nothing to train on: neither --config nor --train was given.', {
      hint: 'For example: polytag-train fit --train train.json --val val.json --out runs/first',
    });
  }
  return checkRunConfig(
    recipeConfig(options.train, options.val, options.recipe),
    options.set,
    'command line',
  );
}
