import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type ClassName, counted, DataError, LabelVocabulary, printable } from '@polytag/core';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { normaliseFiles } from '../normalise-labels.js';
import { lookAlikeOf } from '../same-labels.js';
import { labelFileEntry, type LabelFile } from '../label-file/parse-label-file.js';
import { absentImages, placeImages, labelFileContent } from '../label-file/read-label-file.js';

export interface JsonOptions extends Omit<SplitReaderOptions, 'onProgress'> {
  /** Folder to which image paths are relative (default: that of each file). */
  readonly images?: string;
  /** Whether to merge labels that look alike before they are compared with the classes. Default false. */
  readonly normaliseLabels?: boolean;
}

type Entry = LabelFile['images'][number];

/**
 * Reads label files that `readLabelFile` refuses or warns of, to write them again. An image that is listed several
 * times, under any spelling of its path, is listed once with all its labels; so is a class. On request, labels get one
 * spelling.
 *
 * @returns one split per file, in their order, named like the file
 * @throws DataError those of `readLabelFile`, except for duplicates, and of `checkSplits`
 */
export async function readJson(
  files: readonly string[],
  options: JsonOptions = {},
): Promise<readonly LabelledSplit[]> {
  const read: LabelFile[] = [];
  for (const source of files)
    read.push(await labelFileContent(source, { encoding: options.encoding, encodingOption: '--encoding' }));
  const spelt = options.normaliseLabels ? normaliseFiles(read) : read;
  // Paths of all splits are compared: they start from one folder.
  const root = options.images ?? dirname(files[0]);
  const splits: LabelledSplit[] = [];
  for (const [i, source] of files.entries()) splits.push(await splitOf(source, spelt[i], root, options));
  return checkSplits(splits);
}

async function splitOf(
  source: string,
  file: LabelFile,
  root: string,
  { images: folder = dirname(source), skipMissing = false, onNote }: JsonOptions,
): Promise<LabelledSplit> {
  const name = basename(source, extname(source));
  const classes = [...new Set(file.classes)];
  const vocabulary = vocabularyOf(classes, source);
  if (file.images.length === 0) {
    throw new DataError('data/empty-set', `${source} lists no images.`, {
      hint: 'Add images under "images".',
    });
  }
  for (const entry of file.images) refuseStrangeLabel(entry, vocabulary, source);
  const listed = file.images.map((entry) => {
    const [path] = entry;
    return { name: path, path: isAbsolute(path) ? path : join(folder, path), entry };
  });
  const { placed, absent } = await placeImages(folder, listed);
  if (absent.length > 0 && (!skipMissing || absent.length === listed.length))
    throw absentImages(source, folder, listed, absent);
  const gone = new Set(absent.map(({ entry }) => entry));
  const images = new Map<string, Entry>();
  let merged = 0;
  for (const { path, entry } of placed) {
    if (gone.has(entry)) continue;
    const place = relative(resolve(root), resolve(path)).split(sep).join('/');
    const before = images.get(place);
    if (before) merged++;
    images.set(place, together(place, before, entry));
  }
  if (merged > 0)
    onNote?.(
      `${basename(source)}: ${counted(merged, 'entry repeats', 'entries repeat')} an image; their labels were merged`,
    );
  const twice = file.classes.length - classes.length;
  if (twice > 0) onNote?.(`${basename(source)}: ${counted(twice, 'label was', 'labels were')} listed twice`);
  const leftOut = new Map(absent.length > 0 ? [['images that are not on disk', absent.length]] : []);
  return { name, source, root, file: { classes, images: [...images.values()] }, leftOut };
}

function vocabularyOf(classes: readonly ClassName[], source: string): LabelVocabulary {
  try {
    return new LabelVocabulary(classes);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(cause.code, `${source}: ${cause.message}`, { hint: cause.hint, cause });
  }
}

/**
 * Merges the labels of two entries. A label that one entry lists several times (once per object) keeps that number:
 * both mean the same objects.
 */
function together(path: string, before: Entry | undefined, [, labels, more]: Entry): Entry {
  const known: readonly ClassName[] = before?.[1] ?? [];
  const present = [...known, ...labels.filter((label) => !known.includes(label))];
  const absent = [...(before?.[2]?.absent ?? []), ...(more?.absent ?? [])];
  const unknown = new Set([...(before?.[2]?.unknown ?? []), ...(more?.unknown ?? [])]);
  // What one of them says for certain is not unknown by the other.
  for (const label of [...present, ...absent]) unknown.delete(label);
  return labelFileEntry(path, present, { unknown: [...unknown], absent });
}

function refuseStrangeLabel([path, labels, more]: Entry, classes: LabelVocabulary, source: string): void {
  const strange = [...labels, ...(more?.unknown ?? []), ...(more?.absent ?? [])].find(
    (label) => classes.indexOf(label) === undefined,
  );
  if (strange === undefined) return;
  throw new DataError(
    'data/unknown-label',
    `${source}: the image "${printable(path)}" has the label "${printable(String(strange))}", which is not in "classes".`,
    { hint: lookAlikeOf(strange, classes) ?? 'Add the label to "classes", or remove it from the image.' },
  );
}
