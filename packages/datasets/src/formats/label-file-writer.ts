import { counted } from '@polytag/core';
import type { LabelFile } from './label-file/parse-label-file.js';

/** A format that label files are written in for other programs. */
export interface LabelFileWriter {
  /** What a command line calls it, e.g. `label-studio`. */
  readonly name: string;
  /** Where image paths start from: the folder of the written file, or the deepest folder that has all images. */
  readonly paths: 'file' | 'images';
  write(file: LabelFile, options?: WriteOptions): WrittenLabels;
}

export interface WriteOptions {
  /** What stands before each image path. */
  readonly prefix?: string;
}

export interface WrittenLabels {
  readonly text: string;
  /** A second file that belongs to it, with the ending that it has instead of that of the first. */
  readonly beside?: { readonly ending: string; readonly text: string };
  /** What the format cannot say and so was lost, a line each. */
  readonly lost: readonly string[];
  /** Options with which `prepare NAME` reads the file, beside `--from`. */
  readonly options: (path: string) => string;
}

/** What is lost of labels that are listed several times. */
export function lostRepeats({ images }: LabelFile): string[] {
  const repeating = images.filter(([, labels]) => new Set(labels).size < labels.length).length;
  return repeating === 0
    ? []
    : [`${counted(repeating, 'image lists', 'images list')} a label once per object; it was written once`];
}

/** What is lost of names with white space at their ends. */
export function lostSpaces({ classes }: LabelFile): string[] {
  const padded = classes.filter((name) => String(name) !== String(name).trim()).length;
  return padded === 0
    ? []
    : [`${counted(padded, 'label has', 'labels have')} white space at an end, which this format loses`];
}

/** What is lost of classes by number. */
export function lostNumbers({ classes }: LabelFile): string[] {
  return classes.some((name) => typeof name === 'number')
    ? ['the labels are numbers and become text, which changes their order']
    : [];
}
