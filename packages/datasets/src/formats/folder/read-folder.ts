import { basename, join } from 'node:path';
import { counted, DataError, printable, type ClassName } from '@polytag/core';
import { folderContents, type FolderContents } from '../folder-contents.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { firstFew } from '../same-labels.js';
import { SplitBuilder } from '../split-builder.js';
import { usualSplit } from '../usual-split.js';
import { samePhotographs, type SamePhotographsOptions } from './same-photographs.js';

/** The labels of a photograph in `animal/dog/`: both, `animal/dog`, the outer, or the inner one. */
export type NestedFolders = 'each' | 'path' | 'outer' | 'inner';

export interface FolderOptions extends SamePhotographsOptions, Pick<SplitReaderOptions, 'onFault'> {
  /** Default `each`. */
  readonly nested?: NestedFolders;
  /** Whether top folders called train, val, test or similar are splits (default) or labels. */
  readonly splits?: boolean;
  /** Folders that are not labels. Photographs in them have no label, or those of the other folders in their path. */
  readonly none?: readonly string[];
  /** Output folder of the label files: inside the data set it is not a label. */
  readonly out?: string;
}

/**
 * Reads a data set with a folder per label. A photograph that is in several folders, by content or by name, has the
 * labels of all of them. A folder without photographs is a label that no image has. Photographs outside the folders are
 * left out.
 *
 * @returns a split `all`, or one for each top folder called train, val or test (in the words of any tool)
 * @throws DataError those of `folderContents`, `data/empty-set`, and those of `SplitBuilder` and `checkSplits`
 */
export async function readFolder(
  root: string,
  options: FolderOptions = {},
): Promise<readonly LabelledSplit[]> {
  const { nested = 'each', none = [], onNote, onFault, out } = options;
  const contents = await folderContents(root, { onFault, without: out });
  const splitOf = options.splits === false ? undefined : splitFolders(contents, onNote);
  const labelsOf = labelReader(nested, new Set(none), splitOf !== undefined);
  const classes = classesOf(contents, labelsOf, splitOf);
  if (classes.length === 0) throw noFolders(root, contents);
  noteEmpty(contents, classes, labelsOf, onNote);
  const parts = new Map<string, string[]>();
  let outside = 0;
  for (const path of contents.images) {
    const split = splitOf ? splitOf(path) : 'all';
    if (split === undefined || foldersOf(path, splitOf !== undefined).length === 0) outside++;
    else {
      const part = parts.get(split);
      if (part) part.push(path);
      else parts.set(split, [path]);
    }
  }
  if (nested === 'each') noteNesting(contents, splitOf !== undefined, onNote);
  const splits: LabelledSplit[] = [];
  for (const [name, paths] of parts) {
    const builder = new SplitBuilder(name, root, root);
    const groups = await samePhotographs(root, paths, options);
    for (const group of groups)
      builder.add(group[0], [...new Set(group.flatMap((path) => labelsOf(path)))], group[0]);
    builder.leaveOut(
      'copies of a listed photograph, which gets the labels of all its copies',
      paths.length - groups.length,
    );
    if (splits.length === 0) {
      builder.leaveOut('photographs outside the label folders', outside);
      builder.leaveOut('image names that are not files', contents.special.length);
    }
    splits.push(await builder.finish({ classes, folders: [''], onNote }));
  }
  if (splits.length === 0) throw noFolders(root, contents);
  return checkSplits(splits.sort((a, b) => order(a.name) - order(b.name)));
}

const order = (split: string) => (['train', 'val', 'test'].indexOf(split) + 4) % 4;

/** The folders in a path, outermost first, without that of the split. */
const foldersOf = (path: string, inSplits: boolean) => path.split('/').slice(inSplits ? 1 : 0, -1);

/**
 * The split of a path, if top folders are splits: all have usual names of splits, or one for training and one for
 * evaluation contain folders. Undefined if they are labels.
 */
function splitFolders(
  { images, folders }: FolderContents,
  onNote: FolderOptions['onNote'],
): ((path: string) => string | undefined) | undefined {
  const top = folders.filter((folder) => !folder.includes('/'));
  const withFolders = new Set(
    folders.filter((folder) => folder.includes('/')).map((one) => one.split('/')[0]),
  );
  const usual = top.filter((folder) => usualSplit(folder) !== undefined && withFolders.has(folder));
  const names = new Set(usual.map(usualSplit));
  const all = top.every((folder) => usualSplit(folder) !== undefined);
  if (usual.length === 0 || !(all || (names.has('train') && names.size > 1))) return undefined;
  const outside = top.filter((folder) => !usual.includes(folder));
  const lost = outside.filter((folder) => images.some((path) => path.startsWith(`${folder}/`)));
  onNote?.(`the folders ${firstFew(usual)} are read as splits (as labels with --no-splits)`);
  if (lost.length > 0) onNote?.(`outside the splits, ignored: ${firstFew(lost)}`);
  return (path) => {
    const [first] = path.split('/');
    return usual.includes(first) ? usualSplit(first) : undefined;
  };
}

function labelReader(nested: NestedFolders, none: ReadonlySet<string>, inSplits: boolean) {
  return (path: string): string[] => {
    const folders = foldersOf(path, inSplits).filter((folder) => !none.has(folder));
    if (folders.length === 0) return [];
    if (nested === 'path') return [folders.join('/')];
    if (nested === 'outer') return [folders[0]];
    return nested === 'inner' ? folders.slice(-1) : [...new Set(folders)];
  };
}

/** All labels, including those of empty folders. */
function classesOf(
  { images, folders }: FolderContents,
  labelsOf: (path: string) => string[],
  splitOf: ((path: string) => string | undefined) | undefined,
): ClassName[] {
  const inner = new Set(folders.map((folder) => folder.replace(/\/?[^/]*$/, '')));
  const empty = folders.filter((folder) => !inner.has(folder)).map((folder) => `${folder}/`);
  const read = [...images, ...empty].filter((path) => !splitOf || splitOf(path) !== undefined);
  return [...new Set(read.flatMap(labelsOf))].sort();
}

/** An empty folder that was forgotten is a label too. */
function noteEmpty(
  { images }: FolderContents,
  classes: readonly ClassName[],
  labelsOf: (path: string) => string[],
  onNote: FolderOptions['onNote'],
): void {
  const shown = new Set<ClassName>(images.flatMap(labelsOf));
  const empty = classes.filter((label) => !shown.has(label)).map(String);
  if (empty.length > 0)
    onNote?.(
      `folders without photographs become labels without images: ${firstFew(empty)} (if they are not labels, add --none FOLDER)`,
    );
}

function noteNesting({ images }: FolderContents, inSplits: boolean, onNote: FolderOptions['onNote']): void {
  const deep = images.map((path) => foldersOf(path, inSplits)).find(({ length }) => length > 1);
  if (deep === undefined) return;
  onNote?.(
    `nested folders: a photograph in ${printable(deep.join('/'))} gets the labels ${firstFew(deep)} ` +
      '(change with --nested path, outer or inner)',
  );
}

function noFolders(root: string, { images, others }: FolderContents): DataError {
  const found = `${counted(images.length, 'photograph')} and ${counted(others.length, 'other file')}`;
  return new DataError(
    'data/empty-set',
    `${printable(root, 400)} has no photographs in subfolders: ${found}.`,
    {
      hint: `Put each photograph into a folder named after its label: ${join(basename(root), 'dog', '1.jpg')}.`,
    },
  );
}
