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
    .option('--config <file>', 'config file (YAML)')
    .option('--train <file>', 'training label file (without a config)')
    .option('--val <file>', 'validation label file (without a config)')
    .addOption(recipeOption())
    .option('--out <folder>', 'folder for the run: its log, checkpoints and best model')
    .option('--set <key=value>', 'set one key of the config; may be given more than once', collect, [])
    .option('--resume', 'continue from the last checkpoint in the folder')
    .option(
      '--folds <n>',
      'split the training images into n folds, train without each in turn, and evaluate on it (cross-validation)',
      wholeNumber,
    )
    .addOption(groupOption())
    .addOption(
      parallelOption(
        'folds, shares of training.machines, or jobs of features to run at once on this machine, each in its own process (default: folds one after the other; shares by its cores and memory)',
      ),
    )
    .option(
      '--dry-run',
      'test the config on two random batches, and estimate the memory, speed and time of a run',
    )
    .option('--classes <n>', 'number of labels of a dry run without label files', wholeNumber)
    .option('--images <n>', 'number of training images of such a dry run', wholeNumber)
    .option('--val-images <n>', 'number of validation images of such a dry run', wholeNumber)
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
  const isPlaced = (queue ?? store ?? parallel) !== undefined;
  const place = { queue, store, parallel };
  const shared = withSharedFeatures(config, place);
  if (folds === undefined) {
    checkPlace(config, place);
    const { showResult, trainRun } = await import('../run/train-run.js');
    return showResult(await trainRun(shared, target, context, { place }), context.out);
  }
  const { trainFolds } = await import('../folds/train-folds.js');
  const { showFolds } = await import('../folds/show-folds.js');
  const options = { config: shared, folds, group, ...target, place: isPlaced ? place : undefined };
  showFolds(await trainFolds(options, context), context.out);
}

/** @throws UsageError `usage/machines` */
function checkPlace({ training }: RunConfig, { queue, store, parallel }: JobPlace): void {
  if (training.machines || training.features || (queue ?? store ?? parallel) === undefined) return;
  throw new UsageError(
    'usage/machines',
    '--queue, --store and --parallel need something to divide: --folds, training.machines or training.features.',
    {
      hint: 'Add --folds N for cross-validation, or --set training.machines=4 to train one model on several machines.',
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
    throw new UsageError('usage/dry-run-resume', '--dry-run and --resume cannot be combined.', {
      hint: 'Use --dry-run without --resume: a dry run uses no run folder.',
    });
  }
  checkFolds(options);
  if (dry) return undefined;
  if ((classes ?? images ?? valImages) !== undefined) {
    throw new UsageError(
      'usage/dry-run-counts',
      '--classes, --images and --val-images work only with --dry-run.',
      {
        hint: 'Remove them: a run reads labels and images from its label files.',
      },
    );
  }
  if (out === undefined) {
    throw new UsageError('usage/no-out', 'No run folder was given.', {
      hint: 'Add --out FOLDER, or --dry-run to try the config without a run folder.',
    });
  }
  return out;
}

/** @throws UsageError `usage/folds` */
function checkFolds({ folds, group, val, dryRun }: FitOptions): void {
  if (folds === undefined && group !== undefined) {
    throw new UsageError('usage/folds', '--group works only with --folds.', {
      hint: 'Add --folds N. To divide one label file into two by groups, use polytag-train split.',
    });
  }
  if (folds === undefined) return;
  if (folds < 2) {
    throw new UsageError('usage/folds', `--folds must be at least 2 (got ${folds}).`, {
      hint: 'Usual values are 5 or 10: each image is scored by a model that was trained on the others.',
    });
  }
  if (val === undefined && !dryRun) return;
  throw new UsageError('usage/folds', `--folds and ${dryRun ? '--dry-run' : '--val'} cannot be combined.`, {
    hint: dryRun
      ? 'Run --dry-run without --folds to estimate one run; cross-validation takes as many runs as folds.'
      : 'Remove --val: each fold of the training images is evaluated in turn.',
  });
}

async function configOf(options: FitOptions): Promise<RunConfig> {
  if (options.config && (options.train || options.val || options.recipe)) {
    throw new UsageError(
      'usage/config-and-files',
      '--config cannot be combined with --train, --val and --recipe.',
      {
        hint: 'Use either. A config lists its label files under data; override one with --set data.train=FILE.',
      },
    );
  }
  if (options.config) return loadRunConfig(options.config, options.set);
  if (!options.train) {
    throw new UsageError('usage/no-config', 'Nothing to train on: give --config or --train.', {
      hint: 'For example: polytag-train fit --train train.json --val val.json --out runs/first',
    });
  }
  return checkRunConfig(
    recipeConfig(options.train, options.val, options.recipe),
    options.set,
    'command line',
  );
}
