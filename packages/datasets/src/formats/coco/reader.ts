import { join, resolve } from 'node:path';
import { LABEL_FILES, splitsOf, type DatasetReader, type NamedSplits } from '../dataset-reader.js';

/** `coco`: COCO 2014, and object annotations in its format. */
export const cocoReader: DatasetReader<NamedSplits & { readonly keepUnlabelled?: boolean }> = {
  name: 'coco',
  description: 'COCO 2014, or any object annotations in its format',
  folder: `
  annotations/instances_train2014.json   -> train.json
  annotations/instances_val2014.json     -> val.json
  train2014/*.jpg  val2014/*.jpg         or in images/train2014/, in images/, or beside each other
`,
  options: [
    {
      flags: '--train <split>',
      help: 'split to train on: annotations/instances_SPLIT.json, or a .json file',
      default: 'train2014',
    },
    { flags: '--val <split>', help: 'split to score on', default: 'val2014' },
    { flags: '--no-val', help: 'make train.json only' },
    { flags: '--keep-unlabelled', help: 'keep images without annotations, as all-negative ones' },
  ],
  progress: { unit: 'MB', steps: 1e6 },
  // As papers report them.
  published: [
    {
      name: 'COCO 2014',
      classes: 80,
      splits: { train2014: { images: [82_081] }, val2014: { images: [40_137] } },
    },
  ],
  labelFiles: (options) => LABEL_FILES.slice(0, splitsOf(options).length),
  async read(input) {
    const { readCoco } = await import('./read-coco.js');
    const { from, images = from } = input;
    const files = splitsOf(input).map((split) =>
      split.endsWith('.json') ? resolve(from, split) : join(from, 'annotations', `instances_${split}.json`),
    );
    return readCoco(files, { ...input, images });
  },
};
