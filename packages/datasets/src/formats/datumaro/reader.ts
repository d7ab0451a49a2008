import { fileOptions, readerFiles, type DatasetReader } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';
import type { DatumaroOptions } from './read-datumaro.js';

const filesOf = ({ json }: FolderSketch) =>
  [...json].flatMap(([path, kind]) => (kind === 'datumaro' ? [path] : []));

/** `datumaro`: Datumaro's JSON, as exported by Geti and OTX. */
export const datumaroReader: DatasetReader<DatumaroOptions & { readonly file: readonly string[] }> = {
  name: 'datumaro',
  description: 'Datumaro JSON, as exported by Geti and OTX',
  folder: `
  annotations/train.json                 -> train.json
  annotations/validation.json            -> val.json; a file for each subset
  images/train/*.jpg  images/validation/*.jpg    or in images/, or beside each other
`,
  options: [
    {
      flags: '--file <file>',
      help: 'file in the folder; may be repeated (default: those in annotations/)',
      repeats: true,
    },
    {
      flags: '--objects <what>',
      help: 'keep the labels of boxes, polygons and masks beside those of images, or ignore them',
      choices: ['keep', 'ignore'],
      default: 'keep',
    },
  ],
  recognise(folder) {
    const found = filesOf(folder);
    if (found.length === 0) return undefined;
    return found.every((path) => path.startsWith('annotations/')) ? '' : fileOptions(found);
  },
  samples: async () => (await import('./samples.js')).datumaroSamples,
  async read(input) {
    const { readDatumaro } = await import('./read-datumaro.js');
    const { from, images = from } = input;
    return readDatumaro(await readerFiles(input, filesOf), { ...input, images });
  },
};
