import { join } from 'node:path';
import { DataError } from '@polytag/core';
import { hasImageEnding } from '../image-path.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { linesOf, readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';
import { parseVocObjects, type VocObject } from './parse-voc-objects.js';

/** The 20 classes of PASCAL VOC, sorted. */
export const VOC_CLASSES = [
  ...['aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow', 'diningtable'],
  ...['dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
] as const;

export interface VocOptions extends SplitReaderOptions {
  /** Folder of the images, or the one above `JPEGImages` (default: the folder of the data set). */
  readonly images?: string;
  /**
   * What to do with objects that are marked difficult: count them (default, as in the authors' label files), ignore
   * them, or make a label unknown that the image has only by such objects (VOC's own protocol).
   */
  readonly difficult?: 'keep' | 'ignore' | 'unknown';
  /** Whether the labels are those that occur, sorted, instead of the 20 of PASCAL VOC. Default false. */
  readonly ownLabels?: boolean;
}

/** Number of annotation files that are open at a time. */
const AT_A_TIME = 32;
const HINT =
  'Expected ImageSets/Main, Annotations and JPEGImages in the folder, e.g. VOCdevkit/VOC2007. VOC 2012 has no test split: use train and val.';

/**
 * Reads PASCAL VOC 2007 or 2012 as published: `ImageSets/Main/SPLIT.txt`, `Annotations/*.xml`, `JPEGImages/*.jpg`. A
 * label is listed once per object (docs/method.md#voc). An image without objects is kept, with all labels absent.
 *
 * @param folder e.g. `VOCdevkit/VOC2007`
 * @param splits names of lists, e.g. `trainval` and `test`
 * @throws DataError `data/file-missing`, `data/not-xml`, `data/label-file-format`, and those of `SplitBuilder` and
 *   `checkSplits`
 */
export async function readVoc(
  folder: string,
  splits: readonly string[],
  options: VocOptions = {},
): Promise<readonly LabelledSplit[]> {
  const lists = await Promise.all(splits.map((split) => readList(folder, split, options)));
  const total = lists.reduce((sum, { ids }) => sum + ids.length, 0);
  let done = 0;
  const onRead = () => options.onProgress?.(++done, total);
  const builders: SplitBuilder[] = [];
  const found = new Set<string>();
  for (const list of lists) builders.push(await readSplit(folder, list, onRead, found, options));
  const { images, skipMissing, onNote, ownLabels } = options;
  const read: LabelledSplit[] = [];
  for (const builder of builders)
    read.push(
      await builder.finish({
        classes: ownLabels ? [...found].sort() : VOC_CLASSES,
        unknownLabelHint: ownLabels
          ? undefined
          : 'Correct the label. If the data set has labels of its own, add --own-labels.',
        skipMissing,
        onNote,
        anyEnding: true,
        folders: images === undefined ? ['JPEGImages'] : ['JPEGImages', ''],
      }),
    );
  return checkSplits(read);
}

interface ImageList {
  readonly split: string;
  readonly source: string;
  readonly ids: readonly { readonly id: string; readonly at: string }[];
}

async function readList(folder: string, split: string, { encoding }: VocOptions): Promise<ImageList> {
  const source = join(folder, 'ImageSets', 'Main', `${split}.txt`);
  const ids = linesOf(await readText(source, 'list of images', { hint: HINT, encoding })).map(
    ({ text, number }) => {
      const at = `line ${number}`;
      const name = text.replaceAll('\\', '/').replace(/^(?:\.\/)?(?:JPEGImages\/)?/i, '');
      const id = hasImageEnding(name) ? name.replace(/\.[^.]*$/, '') : name;
      // A list of one class has -1, 0 or 1 after the name.
      if (/^\w(?:[\w. -]*[\w-])?$/.test(id) && !/ -?[01]$/.test(id)) return { id, at };
      throw new DataError(
        'data/label-file-format',
        `${source}, ${at}: "${text}" is not an image name without extension.`,
        {
          hint: 'Expected one name per line, e.g. 000005. Lists such as dog_train.txt cover a single label and cannot be used.',
        },
      );
    },
  );
  return { split, source, ids };
}

async function readSplit(
  folder: string,
  { split, source, ids }: ImageList,
  onRead: () => void,
  found: Set<string>,
  { images, encoding, difficult = 'keep', ownLabels = false }: VocOptions,
): Promise<SplitBuilder> {
  const classOf = ownLabels ? (name: string) => name : vocClass;
  const builder = new SplitBuilder(split, source, images ?? folder);
  for (let start = 0; start < ids.length; start += AT_A_TIME) {
    const batch = ids.slice(start, start + AT_A_TIME);
    const objects = await Promise.all(
      batch.map(({ id }) => readObjects(folder, id, encoding, difficult !== 'keep', onRead)),
    );
    batch.forEach(({ id, at }, i) => {
      const counted = objects[i].filter((object) => difficult === 'keep' || !object.difficult);
      const labels = counted.map(({ name }) => classOf(name));
      for (const { name } of objects[i]) found.add(classOf(name));
      const others = objects[i].filter((object) => !counted.includes(object));
      if (difficult === 'ignore') builder.leaveOut('difficult objects', others.length);
      const unknown = difficult === 'unknown' ? new Set(others.map(({ name }) => classOf(name))) : [];
      builder.add(`${id}.jpg`, labels, at, { unknown: [...unknown] });
    });
  }
  return builder;
}

/** Tools write `Dog` for the class `dog`. */
function vocClass(name: string): string {
  const small = name.toLowerCase();
  return VOC_CLASSES.find((known) => known === small) ?? name;
}

async function readObjects(
  folder: string,
  id: string,
  encoding: VocOptions['encoding'],
  readsDifficult: boolean,
  onRead: () => void,
): Promise<VocObject[]> {
  const path = join(folder, 'Annotations', `${id}.xml`);
  const objects = parseVocObjects(
    await readText(path, 'annotation', { hint: HINT, encoding, isXml: true }),
    path,
    readsDifficult,
  );
  onRead();
  return objects;
}
