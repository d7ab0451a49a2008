import { LABEL_FILES, splitsOf, type DatasetReader, type NamedSplits } from '../dataset-reader.js';
import type { VocOptions } from './read-voc.js';

/** `voc`: PASCAL VOC 2007 or 2012. */
export const vocReader: DatasetReader<NamedSplits & Pick<VocOptions, 'difficult' | 'ownLabels'>> = {
  name: 'voc',
  description: 'PASCAL VOC 2007 or 2012',
  folder: `
  ImageSets/Main/trainval.txt            -> train.json
  ImageSets/Main/test.txt                -> val.json
  Annotations/*.xml
  JPEGImages/*.jpg
`,
  options: [
    {
      flags: '--train <split>',
      help: 'split to train on: ImageSets/Main/SPLIT.txt',
      default: 'trainval',
    },
    { flags: '--val <split>', help: 'split to evaluate on', default: 'test' },
    { flags: '--no-val', help: 'write train.json only' },
    {
      flags: '--difficult <what>',
      help: 'objects marked difficult: keep (as the paper does), ignore, or unknown (as VOC does)',
      choices: ['keep', 'ignore', 'unknown'],
      default: 'keep',
    },
    { flags: '--own-labels', help: 'the labels are those that occur, not the 20 of PASCAL VOC' },
  ],
  progress: { unit: 'annotations', steps: 1 },
  // Counted in the authors' label files.
  published: [
    {
      name: 'VOC 2007',
      classes: 20,
      splits: {
        trainval: {
          images: [5011],
          meanListed: '3.13',
          classImages: [
            ...[240, 255, 333, 188, 262, 197, 761, 344, 572, 146],
            ...[263, 430, 294, 249, 2095, 273, 97, 372, 263, 279],
          ],
        },
        test: {
          images: [4952],
          meanListed: '3.02',
          classImages: [
            ...[205, 250, 289, 176, 240, 183, 775, 332, 545, 127],
            ...[247, 433, 279, 233, 2097, 254, 98, 355, 259, 255],
          ],
        },
      },
    },
  ],
  labelFiles: (options) => LABEL_FILES.slice(0, splitsOf(options).length),
  recognise({ files }) {
    const lists = files.filter((path) => /^ImageSets\/Main\/[^/]+\.txt$/.test(path));
    if (lists.length === 0) return undefined;
    const has = (split: string) => lists.includes(`ImageSets/Main/${split}.txt`);
    if (has('trainval') && has('test')) return '';
    if (has('train')) return has('val') ? '--train train --val val' : '--train train --no-val';
    return '--no-val';
  },
  samples: async () => (await import('./samples.js')).vocSamples,
  async read(input) {
    const { readVoc } = await import('./read-voc.js');
    return readVoc(input.from, splitsOf(input), input);
  },
};
