import { counted } from '@polytag/core';
import type { LabelFile } from './label-file/parse-label-file.js';

/** A format in which label files can be written for other programs. */
export interface LabelFileWriter {
  /** Name on the command line, e.g. `label-studio`. */
  readonly name: string;
  /**
   * Folder to which image paths are relative: that of the written file, or the deepest one that contains all images.
   */
  readonly paths: 'file' | 'images';
  write(file: LabelFile, options?: WriteOptions): WrittenLabels;
}

export interface WriteOptions {
  /** Prefix of every image path. */
  readonly prefix?: string;
}

export interface WrittenLabels {
  readonly text: string;
  /** A second file, with the extension that replaces that of the first. */
  readonly beside?: { readonly ending: string; readonly text: string };
  /** What the format cannot express and was lost, one line each. */
  readonly lost: readonly string[];
  /** Options of `prepare NAME`, besides `--from`, that read the file. */
  readonly options: (path: string) => string;
}

/** What is lost if labels are listed several times. */
export function lostRepeats({ images }: LabelFile): string[] {
  const repeating = images.filter(([, labels]) => new Set(labels).size < labels.length).length;
  return repeating === 0
    ? []
    : [`${counted(repeating, 'image lists', 'images list')} a label once per object; it was written once`];
}

/** What is lost if names begin or end with white space. */
export function lostSpaces({ classes }: LabelFile): string[] {
  const padded = classes.filter((name) => String(name) !== String(name).trim()).length;
  return padded === 0
    ? []
    : [`${counted(padded, 'label has', 'labels have')} white space at an end, which this format loses`];
}

/** What is lost if classes are numbers. */
export function lostNumbers({ classes }: LabelFile): string[] {
  return classes.some((name) => typeof name === 'number')
    ? ['the labels are numbers and become text, which changes their order']
    : [];
}
