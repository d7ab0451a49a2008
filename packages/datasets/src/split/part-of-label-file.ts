import { relative, resolve } from 'node:path';
import type { ImageFile } from '../dataset/labelled-dataset.js';
import type { LabelFile } from '../formats/label-file/parse-label-file.js';

/**
 * What a label file says of some of its images, for a label file in another folder: paths lead to the files that were found
 * for the images, and nothing else changes.
 *
 * @param images of the data set that was read from `file`
 * @param folder where the label file goes
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
