import { relative, resolve } from 'node:path';
import type { ImageFile } from '../dataset/labelled-dataset.js';
import type { LabelFile } from '../formats/label-file/parse-label-file.js';

/**
 * Creates a label file of some images for another folder. Paths lead to the files that were found for the images;
 * nothing else changes.
 *
 * @param images images of the data set that was read from `file`
 * @param folder folder of the new label file
 */
export function partOfLabelFile(file: LabelFile, images: readonly ImageFile[], folder: string): LabelFile {
  const entries = new Map(file.images.map((entry) => [entry[0], entry]));
  return {
    ...file,
    images: images.map(({ name, path }) => {
      const [, ...said] = entries.get(name)!;
      return [relative(resolve(folder), resolve(path)), ...said];
    }),
  };
}
