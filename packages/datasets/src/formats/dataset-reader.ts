import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { DataError, shellWord, UsageError } from '@polytag/core';
import type { DatasetSample } from './dataset-sample.js';
import type { FolderSketch } from './folder-sketch.js';
import type { LabelledSplit, SplitReaderOptions } from './labelled-split.js';
import type { PublishedSet } from './published-set.js';

/**
 * A format of data sets that can be converted to label files. The folder of each format beside this file exports one,
 * `readers.ts` lists them, and `polytag-train prepare` has a subcommand for each.
 *
 * @typeParam Options values of `options`, each by the name of its flag in camel case
 */
export interface DatasetReader<Options = unknown> {
  /** Name on the command line, e.g. `nus-wide`. */
  readonly name: string;
  /** Description for the help, one line. */
  readonly description: string;
  /** The expected files, one line each, with the label files made from them; for the help. */
  readonly folder: string;
  /** Default of `from`. Without it, the folder must be given. */
  readonly from?: string;
  /** Options of this format, besides those of {@link ReaderInput}. */
  readonly options: readonly ReaderOption[];
  /** Options of {@link ReaderInput} that do not apply to this format. Default: none. */
  readonly without?: readonly ('images' | 'skip-missing' | 'encoding')[];
  /** Unit of progress, and the steps of `onProgress` per unit. Default: `files`, one step each. */
  readonly progress?: { readonly unit: string; readonly steps: number };
  /** Published counts of its data sets. */
  readonly published?: readonly PublishedSet[];
  /** Names of the label files, in the order of the splits. Default: the name of each split, with `.json`. */
  labelFiles?(options: Options): readonly string[];
  /**
   * Detects whether a folder has a data set of this format. Returns the options, besides `--from`, that read it (may be
   * empty); undefined if it is not of this format.
   */
  recognise(folder: FolderSketch): string | undefined;
  /**
   * Whether to write `NAME-labels.json` if a label file would overwrite a file that was read. Default: this is an
   * error.
   */
  readonly besideSource?: boolean;
  /** Warnings, one line each, that the files may have been misread. */
  suspicions?(splits: readonly LabelledSplit[]): readonly string[];
  /** Small data sets in this format, for tests that cover every format. */
  samples(): Promise<readonly DatasetSample[]>;
  /**
   * Reads all splits. Throws what the reading function of the format throws, which is loaded on the first call, so that
   * help needs no parser.
   */
  read(input: ReaderInput & Options): Promise<readonly LabelledSplit[]>;
}

/** Input of every reader. */
export interface ReaderInput extends SplitReaderOptions {
  /** Folder of the data set. */
  readonly from: string;
  /** Folder of the images, if they are not in the data set. */
  readonly images?: string;
  /** Whether to merge labels that look alike. Default false. */
  readonly normaliseLabels?: boolean;
}

/** A command-line option of one format. */
export interface ReaderOption {
  /** E.g. `--train <split>`. */
  readonly flags: string;
  readonly help: string;
  readonly default?: string;
  /** Allowed values. Default: any. */
  readonly choices?: readonly string[];
  /** Whether the option may be repeated, which makes a list. Default false. */
  readonly repeats?: boolean;
  /**
   * Parses the value.
   *
   * @throws RangeError that says what the text must be
   */
  readonly parse?: (text: string) => unknown;
}

/** The label files that the configs of the paper expect: for training and for evaluation. */
export const LABEL_FILES = ['train.json', 'val.json'];

/** Options of a format with named splits. */
export interface NamedSplits {
  readonly train: string;
  /** False: no validation split. */
  readonly val: string | false;
}

/** The splits to read; the first is for training. */
export const splitsOf = ({ train, val }: NamedSplits): string[] => (val === false ? [train] : [train, val]);

/**
 * The paths of the files of `--file`.
 * @throws DataError `data/file-missing`, also if the file is beside the given folder instead of in it
 */
export function filesIn(from: string, files: readonly string[]): string[] {
  return files.map((name) => {
    const path = resolve(from, name);
    if (existsSync(path) || !existsSync(name)) return path;
    throw new DataError('data/file-missing', `The label file ${path} was not found.`, {
      hint: `--file is relative to --from. Use --file ${shellWord(relative(resolve(from), resolve(name)))} for ${name}.`,
    });
  });
}

/**
 * The files of `--file`, or those found in the folder if none is given.
 *
 * @param find returns their paths in the folder
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
 * The files of `--file`, or the only one in the folder if none is given. Several are an error: their relation is
 * unknown.
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

/** Most files that a hint names. */
const SHOWN_FILES = 3;

/** `--file` for each of these files; if there are many, for the first few, and their number. */
export function fileOptions(files: readonly string[]): string {
  const more = files.length - SHOWN_FILES;
  const shown = files.slice(0, SHOWN_FILES).map((path) => `--file ${shellWord(path)}`);
  return more > 0 ? `${shown.join(' ')} … (and ${more} more: add --file for each)` : shown.join(' ');
}
