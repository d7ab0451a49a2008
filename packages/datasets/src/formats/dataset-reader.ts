import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { DataError, UsageError } from '@polytag/core';
import type { DatasetSample } from './dataset-sample.js';
import type { FolderSketch } from './folder-sketch.js';
import type { LabelledSplit, SplitReaderOptions } from './labelled-split.js';
import type { PublishedSet } from './published-set.js';

/**
 * A format of data sets that becomes label files: one folder beside this file exports one, `readers.ts` lists them, and
 * `polytag-train prepare` has a sub-command for each.
 *
 * @typeParam Options values of `options`, each by the name of its flag in camel case
 */
export interface DatasetReader<Options = unknown> {
  /** What a command line calls it, e.g. `nus-wide`. */
  readonly name: string;
  /** One line for the help. */
  readonly description: string;
  /** The files of the folder, a line each, with the label files that they become; for the help. */
  readonly folder: string;
  /** Default of `from`; without it the folder must be named. */
  readonly from?: string;
  /** Beside those of every format, which are in {@link ReaderInput}. */
  readonly options: readonly ReaderOption[];
  /** Options of every format that mean nothing here. Default: none. */
  readonly without?: readonly ('images' | 'skip-missing' | 'encoding')[];
  /** What progress is told in: steps of `onProgress` for each unit. Default: `files`, one step each. */
  readonly progress?: { readonly unit: string; readonly steps: number };
  /** What is published of its data sets. */
  readonly published?: readonly PublishedSet[];
  /** Names of the label files, in the order of the splits. Default: that of each split, with `.json`. */
  labelFiles?(options: Options): readonly string[];
  /**
   * Whether a folder holds a data set of this format: the options, beside `--from`, that read it; empty where none is
   * needed, undefined where the folder is another.
   */
  recognise(folder: FolderSketch): string | undefined;
  /** A label file that would take the place of a file that was read is called `NAME-labels.json`. Default: it is refused. */
  readonly besideSource?: boolean;
  /** What looks as if the files had been read otherwise than they were meant, a line each. */
  suspicions?(splits: readonly LabelledSplit[]): readonly string[];
  /** Small data sets in this format, for what is tried with every format. */
  samples(): Promise<readonly DatasetSample[]>;
  /**
   * Reads all splits. It throws what the function of its format throws, which it loads when it is called: a help text
   * needs no parser.
   */
  read(input: ReaderInput & Options): Promise<readonly LabelledSplit[]>;
}

/** What a reader of any format gets. */
export interface ReaderInput extends SplitReaderOptions {
  /** Folder of the data set. */
  readonly from: string;
  /** Folder of its images, where they are not in the data set. */
  readonly images?: string;
  /** Gives labels one spelling that look alike. Default false. */
  readonly normaliseLabels?: boolean;
}

/** An option of one format, as a command line offers it. */
export interface ReaderOption {
  /** E.g. `--train <split>`. */
  readonly flags: string;
  readonly help: string;
  readonly default?: string;
  /** The values that it may have. Default: any. */
  readonly choices?: readonly string[];
  /** Whether it may be given several times, which makes a list. Default false. */
  readonly repeats?: boolean;
  /**
   * Makes its value of the text.
   *
   * @throws RangeError that says what the text must be
   */
  readonly parse?: (text: string) => unknown;
}

/** Label files that the configs of the paper expect: what is trained on, and what is scored on. */
export const LABEL_FILES = ['train.json', 'val.json'];

/** Options of a format whose splits have names. */
export interface NamedSplits {
  readonly train: string;
  /** False: there is none. */
  readonly val: string | false;
}

/** The splits that are read, that to train on first. */
export const splitsOf = ({ train, val }: NamedSplits): string[] => (val === false ? [train] : [train, val]);

/**
 * Where the files of `--file` are.
 *
 * @throws DataError `data/file-missing` where one is beside the folder that it is said to be in
 */
export function filesIn(from: string, files: readonly string[]): string[] {
  return files.map((name) => {
    const path = resolve(from, name);
    if (existsSync(path) || !existsSync(name)) return path;
    throw new DataError('data/file-missing', `The label file ${path} was not found.`, {
      hint: `--file is relative to --from. Use --file ${relative(resolve(from), resolve(name))} for ${name}.`,
    });
  });
}

/**
 * The files of `--file`; where none is named, those that are found in the folder.
 *
 * @param find gives their paths in the folder
 * @throws DataError those of `filesIn` and `sketchFolder`; UsageError `usage/no-files`
 */
export async function readerFiles(
  { from, file }: { readonly from: string; readonly file: readonly string[] },
  find: (folder: FolderSketch) => readonly string[],
): Promise<string[]> {
  if (file.length > 0) return filesIn(from, file);
  const { sketchFolder } = await import('./folder-sketch.js');
  const found = find(await sketchFolder(from));
  if (found.length > 0) return found.map((path) => resolve(from, path));
  throw new UsageError('usage/no-files', `No file of this format was found in ${from}.`, {
    hint: 'Give it with --file, relative to --from.',
  });
}

/**
 * The files of `--file`; where none is named, the only one that is found in the folder: several may be anything to each other.
 *
 * @throws DataError those of `readerFiles`; UsageError `usage/no-files`, `usage/several-files`
 */
export async function onlyFile(
  input: { readonly from: string; readonly file: readonly string[] },
  find: (folder: FolderSketch) => readonly string[],
): Promise<string[]> {
  const files = await readerFiles(input, find);
  if (input.file.length > 0 || files.length === 1) return files;
  const names = files.map((path) => relative(resolve(input.from), path).replaceAll('\\', '/'));
  throw new UsageError('usage/several-files', `${input.from} has ${files.length} files of this format.`, {
    hint: `Choose the files of the data set: ${fileOptions(names)}`,
  });
}

/** Files that are named in a hint. */
const SHOWN_FILES = 3;

/** `--file` for each of these files; of many, for the first few, and how many there are. */
export function fileOptions(files: readonly string[]): string {
  const more = files.length - SHOWN_FILES;
  const shown = files
    .slice(0, SHOWN_FILES)
    .map((path) => `--file ${/^[\w./-]+$/.test(path) ? path : `'${path}'`}`);
  return more > 0 ? `${shown.join(' ')} … (and ${more} more: add --file for each)` : shown.join(' ');
}
