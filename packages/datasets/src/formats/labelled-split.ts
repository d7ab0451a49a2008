import { DataError } from '@polytag/core';
import type { TextEncoding } from '@polytag/files';
import type { LabelFile } from './label-file/parse-label-file.js';
import { firstFew } from './same-labels.js';

/** A split of a data set, as returned by a reader: the content of a label file, and where it comes from. */
export interface LabelledSplit {
  /** Name in the original format, e.g. `trainval`. */
  readonly name: string;
  /** The file that lists its images. */
  readonly source: string;
  /** Folder to which the image paths of `file` are relative. */
  readonly root: string;
  readonly file: LabelFile;
  /** What was skipped and how often, e.g. `images without labels` → 702. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Whether each label has its own column, so that no cell was split into labels. Default false. */
  readonly labelColumns?: boolean;
}

/** Options of every reader. */
export interface SplitReaderOptions {
  /** Whether to skip and count images that are not on disk, instead of throwing. Default false. */
  readonly skipMissing?: boolean;
  /** Encoding of text files. A byte order mark overrides it. Default `utf-8`. */
  readonly encoding?: TextEncoding;
  /** Called with one line for every choice where a file can be understood in several ways. */
  readonly onNote?: (note: string) => void;
  /**
   * Called with one line for everything that cannot be read and is left out; the caller then ends with an error.
   * Default: it is an error at once.
   */
  readonly onFault?: (fault: string) => void;
  /** Called while a long file or many files are read: bytes or files so far, and in total. */
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
