import { DataError } from '@polytag/core';
import type { TextEncoding } from '@polytag/files';
import type { LabelFile } from './label-file/parse-label-file.js';
import { firstFew } from './same-labels.js';

/** A part of a data set, as the reader of a published format gives it: what a label file says, and what it does not. */
export interface LabelledSplit {
  /** As the format calls it, e.g. `trainval`. */
  readonly name: string;
  /** The file that lists its images. */
  readonly source: string;
  /** The folder that the image paths of `file` start from. */
  readonly root: string;
  readonly file: LabelFile;
  /** What was left out and how often, e.g. `images without labels` → 702. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** What every reader of a published format understands. */
export interface SplitReaderOptions {
  /** Images that are named but not on disk are left out and counted, instead of an error. Default false. */
  readonly skipMissing?: boolean;
  /** Of files of text. A byte order mark overrules it. Default `utf-8`. */
  readonly encoding?: TextEncoding;
  /** Told, in a line each, how a file was understood where it could be understood otherwise. */
  readonly onNote?: (note: string) => void;
  /**
   * Told, in a line each, of what cannot be read and is left out; whoever listens ends with an error. Default: it is an
   * error at once.
   */
  readonly onFault?: (fault: string) => void;
  /** Called while a long file, or many files, are read: bytes or files so far, and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The splits of one data set must have the same classes and no image in common.
 *
 * @throws DataError `data/classes-differ`, `data/image-in-two-splits`
 */
export function checkSplits(splits: readonly LabelledSplit[]): readonly LabelledSplit[] {
  const [first] = splits;
  const splitOf = new Map<string, LabelledSplit>();
  for (const split of splits) {
    refuseOtherClasses(first, split);
    for (const [path] of split.file.images) {
      const other = splitOf.get(path);
      if (other) {
        throw new DataError(
          'data/image-in-two-splits',
          `The image "${path}" is both in ${other.source} ("${other.name}") and in ${split.source} ("${split.name}").`,
          {
            hint: 'A model must not be evaluated on its training images: keep one of them. If these are two exports of the same images, choose one with --file.',
          },
        );
      }
      splitOf.set(path, split);
    }
  }
  return splits;
}

function refuseOtherClasses(a: LabelledSplit, b: LabelledSplit): void {
  const only = (here: LabelledSplit, there: LabelledSplit) => {
    const known = new Set(there.file.classes);
    const names = here.file.classes.filter((name) => !known.has(name)).map(String);
    return names.length === 0 ? [] : [`only in ${here.source}: ${firstFew(names)}`];
  };
  const differences = [...only(a, b), ...only(b, a)];
  if (differences.length === 0) return;
  throw new DataError(
    'data/classes-differ',
    `The splits have different labels (${differences.join('; ')}).`,
    {
      hint: 'Use both files from the same release of the data set.',
    },
  );
}
