import { fileOptions, onlyFile, type DatasetReader } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';
import type { LabelStudioOptions } from './read-label-studio.js';

const exportsIn = ({ json }: FolderSketch) =>
  [...json].flatMap(([path, kind]) => (kind === 'label-studio' ? [path] : []));

/** `label-studio`: exports of Label Studio. */
export const labelStudioReader: DatasetReader<LabelStudioOptions & { readonly file: readonly string[] }> = {
  name: 'label-studio',
  description: 'a Label Studio export, JSON or JSON-MIN; predictions are ignored',
  folder: `
  project-1.json choose with --file      -> OUT/project-1.json, or project-1-labels.json beside it
  project-1.xml  the labelling interface: adds labels without images (optional)
  *.jpg          anywhere below, or below --images: found by the end of the address in the export
                   /data/upload/1/1f2e3d4c-dog.jpg      dog.jpg
                   /data/local-files/?d=photos/dog.jpg  photos/dog.jpg
                   s3://bucket/photos/dog.jpg           photos/dog.jpg

An annotation without choices means an image without labels; skipped tasks are left out. Choices of a control named
"unknown" become unknown labels.
`,
  options: [
    {
      flags: '--file <file>',
      help: 'export in the folder; may be repeated (default: the only one in the folder)',
      repeats: true,
    },
    {
      flags: '--control <name>',
      help: 'read the answers of this control only; may be repeated (default: all)',
      repeats: true,
    },
    { flags: '--image-field <name>', help: 'key of the image in the data of a task (default: detected)' },
    {
      flags: '--annotators <how>',
      help: 'how to combine several annotations of an image (default: majority; unknown if exactly half agree)',
      choices: ['majority', 'any', 'all', 'unknown'],
    },
    {
      flags: '--interface <file>',
      help: 'XML of the labelling interface (default: the .xml file named like the export)',
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
