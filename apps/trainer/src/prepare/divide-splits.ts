import { join } from 'node:path';
import type { Progress } from '@polytag/cli';
import { counted, LabelVocabulary, printable, UsageError } from '@polytag/core';
import type { LabelledDataset, LabelledSplit } from '@polytag/datasets';
import { divide } from '../split/divide.js';
import { divisionTable } from '../split/division-table.js';
import { groupsOf } from '../split/groups-of.js';
import { checkShares, type DivideOptions } from '../split/shares.js';

export interface DivideSplitsOptions extends Pick<DivideOptions, 'val' | 'test' | 'seed'> {
  /** See `groupsOf`. */
  readonly group?: string;
}

/**
 * Makes sure that a data set which is to be divided is in one piece.
 *
 * @throws UsageError `usage/has-splits`, `usage/split-shares`
 */
function onlySplit(splits: readonly LabelledSplit[], options: DivideSplitsOptions): LabelledSplit {
  checkShares(options);
  if (splits.length === 1) return splits[0];
  const parts = splits.map(
    ({ name, file }) => `${printable(name)} (${counted(file.images.length, 'image')})`,
  );
  throw new UsageError('usage/has-splits', `The data set has its own splits: ${parts.join(', ')}.`, {
    hint: 'Remove --val and --test. To divide one of the label files further, use polytag-train split.',
  });
}

/**
 * Divides a data set that has no validation part.
 *
 * @returns the parts, `train` first, and how near they are to the whole, in lines
 * @throws UsageError `usage/has-splits`, `usage/split-shares`
 * @throws DataError `data/empty-part`, and those of `groupsOf`
 */
export async function divideSplits(
  splits: readonly LabelledSplit[],
  options: DivideSplitsOptions,
  progress: Progress,
): Promise<{ readonly splits: readonly LabelledSplit[]; readonly lines: readonly string[] }> {
  const whole = onlySplit(splits, options);
  const dataset = datasetOf(whole);
  const { images, labels } = dataset;
  const groups = options.group === undefined ? undefined : await groupsOf(options.group, images, progress);
  const [division] = divide(images, labels.size, options, groups);
  const parts = division.names.map((name, part): LabelledSplit => {
    const some = whole.file.images.filter((_, i) => division.parts[i] === part);
    const leftOut = part === 0 ? whole.leftOut : new Map<string, number>();
    return { ...whole, name, file: { ...whole.file, images: some }, leftOut };
  });
  const table = divisionTable(dataset, division, options.seed);
  return { splits: parts, lines: table.trimEnd().split('\n') };
}

function datasetOf({ source, root, file }: LabelledSplit): LabelledDataset {
  const labels = new LabelVocabulary(file.classes);
  const images = file.images.map(([name, names]) => ({
    name,
    path: join(root, name),
    labels: names.flatMap((label) => labels.indexOf(label) ?? []),
  }));
  return { source, labels, images, unknownLabels: new Map() };
}
