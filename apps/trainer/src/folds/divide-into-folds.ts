import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { UsageError } from '@polytag/core';
import { labelFileContent, type LabelledDataset } from '@polytag/datasets';
import { readFileBytes } from '@polytag/files';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { checkedData, withoutSkipped } from '../run/bad-images.js';
import { featureFolder } from '../run/feature-folder.js';
import { assertSameConfig, keepFormerConfig, writeRunConfig } from '../run/run-config-file.js';
import type { DataContext, RunContext, RunTarget } from '../run/run-context.js';
import { drawScenes, readData } from '../run/run-data.js';
import { divide } from '../split/divide.js';
import { groupsOf } from '../split/groups-of.js';
import { DUPLICATES } from '../split/split-options.js';
import { partitionToResume, writePartition, type Partition } from './partition.js';
import type { DividedData } from './train-fold.js';

export interface FoldOptions extends RunTarget {
  /** `data.train` is the whole set; `data.val` is not read. */
  readonly config: RunConfig;
  /** How many, at least 2. */
  readonly folds: number;
  /** Which images are in one fold; see `groupsOf`. Default: each stands alone. */
  readonly group?: string;
  /** Called when nothing stands in the way of folds that begin, before anything is written. */
  readonly onBegin?: () => Promise<void>;
}

/**
 * The images that can be used, and their folds: those of before where the job goes on.
 *
 * @returns also what the label file says
 * @throws as `trainFolds`, before anything is trained
 */
export async function divideIntoFolds(
  { config, folds, folder, resume, group, onBegin }: FoldOptions,
  context: RunContext,
): Promise<DividedData & { readonly partition: Partition }> {
  const before = await partitionToResume(folder, resume);
  if (before && before.folds.length !== folds) {
    throw new UsageError(
      'usage/resume-differs',
      `${folder} has ${before.folds.length} folds, but --folds is ${folds}.`,
      { hint: `Resume with --folds ${before.folds.length}, or start again in another folder.` },
    );
  }
  const kept = group === undefined ? undefined : await groupIdentity(group);
  if (before && before.group !== kept) {
    throw new UsageError(
      'usage/resume-differs',
      `The folds in ${folder} were made with ${before.group === undefined ? 'no --group' : 'another --group'}.`,
      { hint: 'Resume with the same --group, or start again in another folder.' },
    );
  }
  const whole = { ...config, data: { ...config.data, val: null } };
  if (before) await assertSameConfig(folder, whole);
  const { progress, signal } = context;
  await drawScenes(config.data, progress);
  if (before) return { ...(await readDivided(config, before, { progress })), partition: before };
  const listed = await readData(whole, { progress });
  const file = await labelFileContent(labelFilePath(config.data, config.data.train), {});
  const { features } = config.training;
  const { data, skipped } = await checkedData(config, listed, context, {
    features: features ? featureFolder(features, folder) : undefined,
  });
  const { images, labels } = data.train;
  const groups = group === undefined ? undefined : await groupsOf(group, images, progress, signal);
  const [{ names, parts: foldOf }] = divide(images, labels.size, { folds, seed: config.seed }, groups);
  // The partition comes last: with it the folder is one to go on with.
  await onBegin?.();
  await mkdir(folder, { recursive: true });
  await keepFormerConfig(folder, whole);
  await writeRunConfig(folder, whole);
  const partition = {
    folds: names.map((_, fold) => images.filter((_, i) => foldOf[i] === fold).map(({ name }) => name)),
    skipped: skipped.train,
    group: kept,
  };
  await writePartition(folder, partition);
  return { dataset: data.train, foldOf, file, partition };
}

/**
 * Reads the images of a config as a partition divides them.
 *
 * @throws UsageError `usage/resume-differs` where the data set has other images than the partition
 */
export async function readDivided(
  config: RunConfig,
  partition: Partition,
  context: DataContext,
): Promise<DividedData> {
  const listed = await readData({ ...config, data: { ...config.data, val: null } }, context);
  const { train } = withoutSkipped(listed, { train: partition.skipped, validation: [] });
  const file = await labelFileContent(labelFilePath(config.data, config.data.train), {});
  return { dataset: train, foldOf: foldsOf(train, partition), file };
}

/** What says that a `--group` is the same again. */
async function groupIdentity(what: string): Promise<string> {
  if (what === DUPLICATES) return what;
  const bytes = await readFileBytes(what, { what: 'file of groups', maxBytes: 2 ** 31 });
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The fold of each image of a data set.
 *
 * @throws UsageError `usage/resume-differs` where the data set has other images than the partition
 */
function foldsOf({ images, source }: LabelledDataset, { folds }: Partition): Uint32Array {
  const foldOf = new Map(folds.flatMap((names, fold) => names.map((name) => [name, fold] as const)));
  const other = images.find(({ name }) => !foldOf.has(name));
  if (other || foldOf.size !== images.length) {
    const which = other ? `, e.g. "${other.name}"` : `: ${images.length} instead of ${foldOf.size}`;
    throw new UsageError(
      'usage/resume-differs',
      `The images of ${source} changed since the folds were made${which}.`,
      { hint: 'Restore the label file, or start again in another folder.' },
    );
  }
  return Uint32Array.from(images, ({ name }) => foldOf.get(name)!);
}
