import { configText } from '@polytag/cli';
import { DataError, namedAbove, shellWord } from '@polytag/core';
import { readLabelFile, summarise, type LabelledDataset } from '@polytag/datasets';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { checkWithProgress, nameBadImages } from '../run/bad-images.js';
import { overlapWarnings } from '../run/data-warnings.js';
import { loadParts } from '../run/load-parts.js';
import type { RunContext } from '../run/run-context.js';
import { drawScenes } from '../run/run-data.js';
import { labelTable } from '../tables/label-table.js';
import { checkTraining } from './check-training.js';

export interface OpeningOptions {
  /** Leaves the images unopened. Default false. */
  readonly quick?: boolean;
  /** The most pixels of an image. Default: 64 million. */
  readonly maxPixels?: number;
}

/**
 * Writes a config with every default and what is in its label files, and refuses what `fit` would: first what can be told
 * without an image, then the images that cannot be used, each by its name. Validation images that are training images too
 * are named.
 *
 * @throws DataError `data/bad-images`, and what `fit` throws before its first step
 */
export async function inspectRunConfig(
  config: RunConfig,
  { quick = false, maxPixels }: OpeningOptions,
  context: RunContext,
): Promise<void> {
  const { out, progress } = context;
  out.write(`${configText(config)}\n`);
  const loss = await loadParts(config, context);
  await drawScenes(config.data, progress);
  const read: LabelledDataset[] = [];
  for (const file of labelFilesOf(config)) {
    const dataset = await readLabelFile(file, { missingImages: quick ? 'error' : 'keep' });
    read.push(dataset);
    out.write(labelTable(file, summarise(dataset)));
  }
  const [train, validation] = read;
  const absent = await checkTraining(config, { train, validation }, loss, context);
  for (const weights of absent) out.write(`weights not checked, because fit downloads them: ${weights}\n`);
  let bad = 0;
  for (const dataset of quick ? [] : read) {
    const checked = await checkWithProgress(dataset, { maxPixels, progress });
    nameBadImages(checked.bad, progress);
    bad += checked.bad.length;
  }
  if (validation) for (const line of await overlapWarnings(train, validation)) out.write(`${line}\n`);
  if (validation && !quick) {
    const files = [train, validation].map(({ source }) => shellWord(source)).join(' ');
    out.write(
      `  images are compared byte by byte; to find near copies, run: npx polytag-train inspect data ${files}\n`,
    );
  }
  if (bad === 0) return;
  const total = read.reduce((sum, { images }) => sum + images.length, 0);
  throw new DataError('data/bad-images', `${bad} of ${total} images cannot be used; ${namedAbove(bad)}.`, {
    hint: 'Copy or convert them, take them out of the label file, or train without them: --set data.badImages=skip',
  });
}

/** Paths of the label files of a config: training, then validation where there is such. */
export function labelFilesOf({ data }: RunConfig): readonly string[] {
  const { train, val } = data;
  return (val === null ? [train] : [train, val]).map((file) => labelFilePath(data, file));
}
