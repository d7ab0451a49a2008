import { fileOptions, onlyFile, type DatasetReader } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';
import type { LabelStudioOptions } from './read-label-studio.js';

const exportsIn = ({ json }: FolderSketch) =>
  [...json].flatMap(([path, kind]) => (kind === 'label-studio' ? [path] : []));

/** `label-studio`: exports of Label Studio. */
export const labelStudioReader: DatasetReader<LabelStudioOptions & { readonly file: readonly string[] }> = {
  name: 'label-studio',
  description: 'an export of Label Studio, JSON or JSON-MIN; predictions are not read',
  folder: `
  project-1.json named with --file       -> OUT/project-1.json, or project-1-labels.json beside it
  project-1.xml  the labelling interface, which knows labels that no image has (not needed)
  *.jpg          anywhere below, or below --images: found by the end of the address that the export has
                   /data/upload/1/1f2e3d4c-dog.jpg      dog.jpg
                   /data/local-files/?d=photos/dog.jpg  photos/dog.jpg
                   s3://bucket/photos/dog.jpg           photos/dog.jpg

An annotation that chooses nothing is of an image without labels; skipped tasks are left out. Choices of a control called
"unknown" are labels that nobody could tell.
`,
  options: [
    {
      flags: '--file <file>',
      help: 'export in the folder; may be repeated (default: the only one there)',
      repeats: true,
    },
    {
      flags: '--control <name>',
      help: 'read the answers of this control only; may be repeated (default: all)',
      repeats: true,
    },
    { flags: '--image-field <name>', help: 'key of the image in the data of a task (default: found)' },
    {
      flags: '--annotators <how>',
      help: 'how several annotations of an image become one (default: majority; where just a half agree, unknown)',
      choices: ['majority', 'any', 'all', 'unknown'],
    },
    {
      flags: '--interface <file>',
      help: 'XML of the labelling interface (default: the file called like the export, .xml)',
    },
  ],
  besideSource: true,
  recognise(folder) {
    const found = exportsIn(folder);
    return found.length === 0 ? undefined : found.length === 1 ? '' : fileOptions(found);
  },
  samples: async () => (await import('./samples.js')).labelStudioSamples,
  async read(input) {
    const { readLabelStudio } = await import('./read-label-studio.js');
    const { from, images = from } = input;
    return readLabelStudio(await onlyFile(input, exportsIn), { ...input, images });
  },
};
