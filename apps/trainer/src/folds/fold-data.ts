import { join } from 'node:path';
import { partOfLabelFile, writeLabelFile, type LabelFile, type LabelledDataset } from '@polytag/datasets';
import type { RunData } from '../run/run-data.js';

/** Label files of a fold, in its folder. */
export const FOLD_FILES = { train: 'train.json', validation: 'val.json' } as const;

/**
 * What a fold trains on and is scored on, written as label files too: the run folder of the fold names them.
 *
 * @param file what the label file of the data set says
 * @param folder where the label files go
 */
export async function foldData(
  { dataset, file }: { readonly dataset: LabelledDataset; readonly file: LabelFile },
  { fold, foldOf }: { readonly fold: number; readonly foldOf: Uint32Array },
  folder: string,
): Promise<Required<RunData>> {
  const part = async (name: string, isIn: (image: number) => boolean): Promise<LabelledDataset> => {
    const images = dataset.images.filter((_, i) => isIn(i));
    const source = join(folder, name);
    await writeLabelFile(source, partOfLabelFile(file, images, folder));
    return { ...dataset, source, images };
  };
  return {
    train: await part(FOLD_FILES.train, (i) => foldOf[i] !== fold),
    validation: await part(FOLD_FILES.validation, (i) => foldOf[i] === fold),
  };
}
