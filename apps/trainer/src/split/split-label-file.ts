import { join } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { readLabelFile, writeWithoutImages, type LabelledDataset } from '@polytag/datasets';
import { refuseExisting, refuseSources } from '../prepare/label-files.js';
import { alignedRows } from '../tables/aligned-rows.js';
import { nextLine } from '../tables/next-line.js';
import { divide, type Division } from './divide.js';
import { divisionTable } from './division-table.js';
import { groupsOf } from './groups-of.js';
import { checkShares, type DivideOptions } from './shares.js';

export interface SplitOptions extends DivideOptions {
  /** The label file. */
  readonly data: string;
  /** Folder of the label files that are written. */
  readonly out: string;
  /** See `groupsOf`. */
  readonly group?: string;
  /** Overwrites label files that are there. Default false. */
  readonly force?: boolean;
}

/** A label file to write: its images by their positions in the data set, in its order. */
interface Part {
  readonly path: string;
  readonly images: Uint32Array;
}

/**
 * Divides the images of a label file, and writes a label file for each part: `train.json`, `val.json`, `test.json`; for
 * folds `fold-1/train.json`, `fold-1/val.json` and so on. What the file says of an image, and its other keys, stay as they
 * are, and paths still lead to the images.
 *
 * @throws UsageError `usage/split-shares`, `usage/folds`, `usage/file-exists`, `usage/overwrites-source`
 * @throws DataError `data/empty-part`, and those of `readLabelFile` and `groupsOf`
 */
export async function splitLabelFile(
  options: SplitOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  checkShares(options);
  const progress = new Progress(streams.err);
  const dataset = await readLabelFile(options.data, { missingImages: 'keep' });
  const { images, labels } = dataset;
  const groups =
    options.group === undefined ? undefined : await groupsOf(options.group, images, progress, signal);
  const divisions = divide(images, labels.size, options, groups);
  const parts = divisions.flatMap((division) => partsOf(division, options.out));
  const paths = parts.map(({ path }) => path);
  await refuseSources(paths, [options.data]);
  if (!options.force) await refuseExisting(paths);
  for (const part of parts) await writePart(dataset, part);
  streams.out.write(partTable(dataset, parts));
  for (const division of divisions) streams.out.write(divisionTable(dataset, division, options.seed));
  streams.out.write(trainLine(divisions[0], paths));
}

/** The label files of a division: one for each part, or two for each fold. */
function partsOf({ kind, names, images, parts }: Division, out: string): Part[] {
  const having = (is: (part: number) => boolean) => images.filter((_, at) => is(parts[at]));
  return names.flatMap((name, part) =>
    kind === 'folds'
      ? [
          { path: join(out, name, 'train.json'), images: having((other) => other !== part) },
          { path: join(out, name, 'val.json'), images: having((one) => one === part) },
        ]
      : [{ path: join(out, `${name}.json`), images: having((one) => one === part) }],
  );
}

async function writePart({ source, images }: LabelledDataset, part: Part): Promise<void> {
  const some = new Set(part.images);
  const others = [...images.keys()].filter((i) => !some.has(i));
  await writeWithoutImages(part.path, source, images, new Set(others));
}

function partTable({ images }: LabelledDataset, parts: readonly Part[]): string {
  const rows = parts.map(({ path, images: some }) => {
    const labels = some.reduce((sum, i) => sum + new Set(images[i].labels).size, 0);
    return [path, String(some.length), (labels / some.length).toFixed(2)];
  });
  const header = ['', 'images', 'labels per image'];
  return `${alignedRows([header, ...rows], (column) => (column === 0 ? 'left' : 'right')).join('\n')}\n`;
}

/** What to do with the first file, to train on, and with the second, where it is to score on. */
function trainLine({ kind, names }: Division, [train, val]: readonly string[]): string {
  const fit = ['fit', '--recipe', 'features', '--train', train];
  const scored = kind === 'folds' || names[1] === 'val';
  return nextLine(...fit, ...(scored ? ['--val', val] : []), '--out', 'runs/first');
}
