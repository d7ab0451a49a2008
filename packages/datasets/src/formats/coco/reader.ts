import { join, resolve } from 'node:path';
import { shellWord } from '@polytag/core';
import { LABEL_FILES, splitsOf, type DatasetReader, type NamedSplits } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';

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
    { flags: '--val <split>', help: 'split to evaluate on', default: 'val2014' },
    { flags: '--no-val', help: 'write train.json only' },
    { flags: '--keep-unlabelled', help: 'keep images without annotations, as images without labels' },
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
  recognise,
  samples: async () => (await import('./samples.js')).cocoSamples,
  async read(input) {
    const { readCoco } = await import('./read-coco.js');
    const { from, images = from } = input;
    const files = splitsOf(input).map((split) =>
      split.endsWith('.json') ? resolve(from, split) : join(from, 'annotations', `instances_${split}.json`),
    );
    return readCoco(files, { ...input, images });
  },
};

/** The published names need no option; of others the first is trained on. */
function recognise({ json }: FolderSketch): string | undefined {
  const files = [...json].flatMap(([path, kind]) => (kind === 'coco' ? [path] : []));
  if (files.length === 0) return undefined;
  const has = (split: string) => files.includes(`annotations/instances_${split}.json`);
  if (has('train2014') && has('val2014')) return '';
  const train = files.find((path) => /train/i.test(path)) ?? files[0];
  const val = files.find((path) => path !== train && /val|test/i.test(path));
  return val === undefined
    ? `--train ${shellWord(train)} --no-val`
    : `--train ${shellWord(train)} --val ${shellWord(val)}`;
}
