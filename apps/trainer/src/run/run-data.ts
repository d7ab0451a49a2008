import type { Progress } from '@polytag/cli';
import { counted } from '@polytag/core';
import {
  assertSameLabels,
  assertSomethingKnown,
  labelCounts,
  readLabelFile,
  summarise,
  type LabelledDataset,
  type PixelCache,
} from '@polytag/datasets';
import { writeScenes } from '@polytag/datasets/scenes';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import type { DataContext } from './run-context.js';
import { lookAlikeWarnings, unlearnableWarnings } from './data-warnings.js';

/** The data sets of a run. */
export interface RunData {
  readonly train: LabelledDataset;
  /** Absent where nothing is scored. */
  readonly validation?: LabelledDataset;
}

/** Pixels of the data that are decoded already. */
export type PixelCaches = { readonly [part in keyof RunData]?: PixelCache };

/** Draws the built-in data set that a config asks for into its `data.root`, unless it is there already. */
export async function drawScenes({ root, scenes }: RunConfig['data'], progress: Progress): Promise<void> {
  if (!scenes) return;
  await writeScenes({
    folder: root,
    ...scenes,
    onProgress: (done, total) => progress.update({ label: 'drawing scenes', done, total }),
  });
}

/** Reads the label files of a config, and writes what is in them. */
export async function readData(
  { data }: RunConfig,
  { progress, checkImages }: DataContext,
): Promise<RunData> {
  const read = async (file: string) => {
    const path = labelFilePath(data, file);
    const dataset = await readLabelFile(path, { unknownLabels: data.unknownLabels, missingImages: 'keep' });
    await checkImages?.(dataset.images.map((image) => image.path));
    return dataset;
  };
  const train = await read(data.train);
  progress.line(
    `training on ${counted(train.images.length, 'image')} with ${counted(train.labels.size, 'label')} (${data.root})`,
  );
  for (const line of lookAlikeWarnings(train.labels.names)) progress.line(line);
  assertSomethingKnown(train);
  const { unknown } = summarise(train);
  if (unknown > 0) {
    const pairs = train.images.length * train.labels.size;
    progress.line(`  known: ${pairs - unknown} of ${pairs} image-label pairs; the others are ignored`);
    for (const line of unlearnableWarnings(labelCounts(train))) progress.line(line);
  }
  const withoutLabels = train.images.filter(
    ({ labels, unknown }) => !labels.length && !unknown?.length,
  ).length;
  if (withoutLabels > 0) progress.line(`  ${withoutLabels} of them have no label`);
  if (data.val === null) return { train };
  const validation = await read(data.val);
  assertSameLabels(train, validation);
  assertSomethingKnown(validation);
  return { train, validation };
}
