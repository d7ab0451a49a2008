import type { LabelledSplit } from '../labelled-split.js';
import type { DatasetReader } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';
import { usualSplit } from '../usual-split.js';
import type { FolderOptions } from './read-folder.js';

/** `folder`: a folder for each label. */
export const folderReader: DatasetReader<FolderOptions> = {
  name: 'folder',
  description: 'a folder for each label; a photograph that is in several folders has all their labels',
  folder: `
  dog/1.jpg  dog/2.jpg                   -> all.json
  person/2.jpg                           the same photograph as dog/2.jpg: dog and person
  animal/cat/3.jpg                       animal and cat

or, with folders called train, val, test, training, validation …:

  train/dog/1.jpg                        -> train.json
  val/dog/4.jpg                          -> val.json
`,
  options: [
    {
      flags: '--nested <how>',
      help: 'labels of a photograph in a/b/: each (a and b), path (a/b), outer (a) or inner (b)',
      choices: ['each', 'path', 'outer', 'inner'],
      default: 'each',
    },
    { flags: '--no-splits', help: 'read top folders named train, val, test as labels' },
    {
      flags: '--none <folder>',
      help: 'a folder that is not a label, e.g. of photographs without labels; may be repeated',
      repeats: true,
    },
    {
      flags: '--same-name <what>',
      help: 'whether different files of the same name are one photograph (default: if they look alike)',
      choices: ['one', 'different'],
    },
  ],
  without: ['images', 'skip-missing', 'encoding'],
  suspicions: labelOfAll,
  recognise,
  samples: async () => (await import('./samples.js')).folderSamples,
  async read(input) {
    const { readFolder } = await import('./read-folder.js');
    return readFolder(input.from, input);
  },
};

/** The only folder that contains all others, as in archives. */
function labelOfAll(splits: readonly LabelledSplit[]): readonly string[] {
  const images = splits.flatMap(({ file }) => file.images);
  const label = splits[0].file.classes.find((name) => images.every(([, labels]) => labels.includes(name)));
  if (label === undefined || images.length < 2) return [];
  return [
    `warning: every image has the label "${label}": if its folder is not a label, add --none '${label}'`,
  ];
}

/** Folders in which other formats have their images. */
const NO_LABELS =
  /^(?:images?|imgs?|photos?|pictures?|jpegimages|(?:train|val|test)\d{4}|vg_100k(?:_2)?|flickr|data)$/i;

/** Several folders have photographs, and not all have the usual names of splits. */
function recognise({ images }: FolderSketch): string | undefined {
  const folders = new Set(images.flatMap((path) => path.split('/').slice(0, -1).slice(-1)));
  return [...folders].filter((name) => !NO_LABELS.test(name) && usualSplit(name) === undefined).length > 1
    ? ''
    : undefined;
}
