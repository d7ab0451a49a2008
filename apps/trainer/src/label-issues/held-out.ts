import { counted, InterruptedError } from '@polytag/core';
import { join } from 'node:path';
import type { Progress } from '@polytag/cli';
import {
  assertSomethingKnown,
  labelFileContent,
  readLabelFile,
  type LabelledDataset,
} from '@polytag/datasets';
import { readScores } from '@polytag/evaluation';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { foldsHaveBegun } from '../folds/partition.js';
import { trainFolds } from '../folds/train-folds.js';
import type { RunContext } from '../run/run-context.js';
import { labelsToKeep } from './same-labels.js';

/** What models that did not train on them say of the images of a data set. N images, K labels. */
export interface HeldOut {
  /** The images that something is said of. */
  readonly dataset: LabelledDataset;
  /** [N, K] */
  readonly probabilities: Float64Array;
  /** Images of the label file that nothing is said of, and why: how a sentence about them goes on. */
  readonly leftOut: number;
  readonly why: (count: number) => string;
}

/**
 * Trains models on all folds of a data set but one, in turn; goes on where it was stopped.
 *
 * @param config `data.train` is the data set
 * @throws UsageError `usage/resume-differs`, and all that `trainFolds` throws
 */
export async function heldOutByFolds(
  config: RunConfig,
  { folds, out }: { readonly folds: number; readonly out: string },
  context: RunContext,
): Promise<HeldOut> {
  const data = labelFilePath(config.data, config.data.train);
  const listed = (await labelFileContent(data, {})).images.length;
  const folder = join(out, 'folds');
  const { keep } = await labelsToKeep(data, out, await foldsHaveBegun(folder));
  const options = { config, folds, folder, resume: 'if-begun' as const, onBegin: keep };
  const { dataset, probabilities } = await trainFolds(options, context).catch(runAgain);
  return { dataset, probabilities, leftOut: listed - dataset.images.length, why: () => 'cannot be used' };
}

/** What was stopped goes on by itself: there is no `--resume` here. */
function runAgain(error: unknown): never {
  if (!(error instanceof InterruptedError)) throw error;
  throw new InterruptedError(error.code, error.message, {
    hint: 'Run the same command again: it goes on where it stopped.',
    cause: error,
  });
}

/**
 * Takes the probabilities of another program.
 *
 * @throws DataError of `readLabelFile` and `readScores`
 */
export async function heldOutFromFile(
  data: string,
  { scores: file, logits }: { readonly scores: string; readonly logits?: boolean },
  progress: Progress,
): Promise<HeldOut> {
  const listed = await readLabelFile(data, { missingImages: 'keep' });
  assertSomethingKnown(listed);
  const { labels, images } = listed;
  const { scores, withoutScores, otherImages, otherLabels } = await readScores(file, {
    labels,
    images: images.map(({ name }) => name),
    logits,
    report: (done, total) => progress.update({ label: 'reading scores', done, total }),
  });
  for (const image of withoutScores) progress.line(`no scores: ${images[image].name}`);
  if (otherImages.count > 0)
    progress.line(`${file} has scores for ${counted(otherImages.count, 'image')} not in ${data}`);
  if (otherLabels.length > 0)
    progress.line(`${file} has scores for ${counted(otherLabels.length, 'label')} not in ${data}`);
  const without = new Set(withoutScores);
  return {
    dataset: { ...listed, images: images.filter((_, image) => !without.has(image)) },
    probabilities: scores.filter((_, element) => !without.has(Math.floor(element / labels.size))),
    leftOut: without.size,
    why: (count) => `${count === 1 ? 'has' : 'have'} no scores in ${file}`,
  };
}
