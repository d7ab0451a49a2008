import { basename, dirname, resolve } from 'node:path';
import { collect, untilInterrupted, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command, Option } from 'commander';
import { weightsWarnings } from '../config/known-weights.js';
import { checkRunConfig, loadRunConfig } from '../config/load-run-config.js';
import { recipeConfig } from '../config/recipes.js';
import type { RunConfig } from '../config/run-config.js';
import { runContext, type RunContext } from '../run/run-context.js';
import type { Ranking } from '@polytag/metrics';

interface LabelIssuesOptions {
  readonly data: string;
  readonly out: string;
  readonly config?: string;
  readonly set: string[];
  readonly folds: number;
  readonly scores?: string;
  readonly logits?: boolean;
  readonly rankBy: Ranking;
  readonly show: number;
  readonly apply?: string;
}

/** Named here, so that help need not load what computes them; a test compares. */
export const RANK_BY = [
  'context',
  'self-confidence',
  'normalized-margin',
  'confidence-weighted-entropy',
] as const satisfies readonly Ranking[];

export function labelIssuesCommand(streams: Streams): Command {
  return new Command('label-issues')
    .description('find labels that may be wrong, and correct them')
    .requiredOption('--data <file>', 'label file')
    .requiredOption(
      '--out <folder>',
      'folder for issues.csv and issues.html; with --apply the corrected label file or its folder',
    )
    .option(
      '--config <file>',
      'how to train the models that score held-out images (default: like init --recipe features, but shorter)',
    )
    .option('--set <key=value>', 'set one key of the config; may be given more than once', collect, [])
    .option('--folds <n>', 'number of models; each is trained without 1/n of the images', wholeNumber, 5)
    .option(
      '--scores <file>',
      'use probabilities of another program (CSV, JSON lines or npy) instead of training models',
    )
    .option('--logits', 'the scores are raw outputs, not probabilities')
    .addOption(
      new Option('--rank-by <score>', 'score to sort the list by').choices(RANK_BY).default(RANK_BY[0]),
    )
    .option('--show <n>', 'number of images on the page', wholeNumber, 200)
    .option('--apply <file>', 'CSV with the columns image, label and decision (remove, add, unknown, keep)')
    .action(async (options: LabelIssuesOptions) => {
      checkOptions(options);
      if (options.apply !== undefined) {
        const { applyDecisions } = await whileLoading(() => import('../label-issues/apply-decisions.js'));
        return applyDecisions({ ...options, apply: options.apply }, streams);
      }
      const config = options.scores === undefined ? await configOf(options) : undefined;
      await untilInterrupted((signal) => find(options, config, runContext(streams, signal, options.config)));
    });
}

async function find(
  options: LabelIssuesOptions,
  config: RunConfig | undefined,
  context: RunContext,
): Promise<void> {
  const { findIssues } = await import('../label-issues/find-issues.js');
  const { heldOutByFolds, heldOutFromFile } = await import('../label-issues/held-out.js');
  const { data, out, scores, logits, folds, rankBy: ranking, show } = options;
  const heldOut = config
    ? () => heldOutByFolds(config, { folds, out }, context)
    : () => heldOutFromFile(data, { scores: scores!, logits }, context.progress);
  const warnings = config ? await weightsWarnings(config) : [];
  for (const line of warnings) context.progress.line(line);
  await findIssues({ data, out, ranking, show }, heldOut, context);
  for (const line of warnings) context.out.write(`${line}\n`);
}

/** @throws UsageError `usage/label-issues-options`, `usage/folds` */
function checkOptions({ config, set, scores, logits, apply, folds }: LabelIssuesOptions): void {
  const trains = config !== undefined || set.length > 0;
  const clash = (one: string, other: string, hint: string) =>
    new UsageError('usage/label-issues-options', `${one} and ${other} cannot be combined.`, { hint });
  if (apply !== undefined && (trains || scores !== undefined))
    throw clash('--apply', '--config, --set or --scores', 'To apply decisions, only --data is needed.');
  if (scores !== undefined && trains)
    throw clash('--scores', '--config or --set', 'With --scores, no model is trained.');
  if (logits && scores === undefined)
    throw new UsageError('usage/label-issues-options', '--logits works only with --scores.', {
      hint: 'Add --scores FILE, or remove --logits.',
    });
  if (folds < 2) {
    throw new UsageError('usage/folds', `--folds must be at least 2 (got ${folds}).`, {
      hint: 'Usual values are 5 or 10: each image is scored by a model that was trained on the others.',
    });
  }
}

/** Enough to rank wrong labels (docs/results.md#wrong-labels), in a tenth of the time. */
const SHORT_TRAINING = { epochs: 6, sam: false };

/** The config, with the label file in the place of its own. */
async function configOf({ config: file, set, data }: LabelIssuesOptions): Promise<RunConfig> {
  if (file === undefined) {
    const values = recipeConfig(data, undefined, 'features');
    const { data: images, training } = values;
    // One bad image is no reason to look at no labels; it is named.
    const lenient = {
      ...values,
      data: { ...images, badImages: 'skip' },
      training: { ...training, ...SHORT_TRAINING },
    };
    return checkRunConfig(lenient, set, 'command line');
  }
  const config = await loadRunConfig(file, set);
  const given = { root: resolve(dirname(data)), train: basename(data), val: null, scenes: undefined };
  return { ...config, data: { ...config.data, ...given } };
}
