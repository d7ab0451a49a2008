import { readerFiles, type DatasetReader } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';
import { mark } from '../csv/mark.js';
import type { JsonlOptions } from './read-jsonl.js';

/** Every metadata.jsonl, or else the files in the folder itself. */
function filesOf({ files }: FolderSketch): readonly string[] {
  const lines = files.filter((path) => /\.(?:jsonl|ndjson|jsonlines|manifest)$/i.test(path));
  const metadata = lines.filter((path) => /(?:^|\/)metadata\.jsonl$/.test(path));
  return metadata.length > 0 ? metadata : lines.filter((path) => !path.includes('/'));
}

/** `jsonl`: one JSON object per line, such as metadata.jsonl of Hugging Face. */
export const jsonlReader: DatasetReader<JsonlOptions & { readonly file: readonly string[] }> = {
  name: 'jsonl',
  description: 'one JSON object per line for each image, such as metadata.jsonl of Hugging Face',
  folder: `
  own.jsonl      choose with --file      -> own.json, or a file for each split that a field names
                   {"file_name": "images/1.jpg", "labels": ["dog", "person"]}
  train/metadata.jsonl                   -> train.json
  validation/metadata.jsonl              -> val.json
  train/*.jpg  validation/*.jpg          paths are relative to the file that lists them

Without --file, every metadata.jsonl is read, or else the .jsonl files of the folder. Fields are detected and printed;
set them with the options below. Dots lead into objects: objects.category.
`,
  options: [
    {
      flags: '--file <file>',
      help: 'file in the folder; may be repeated (default: detected)',
      repeats: true,
    },
    {
      flags: '--file-field <name>',
      help: 'field of image paths (default: file_name, image, path, image_url …)',
    },
    { flags: '--labels-field <name>', help: 'field of labels (default: labels, tags, classes …)' },
    { flags: '--unknown-field <name>', help: 'field of unknown labels (default: unknown)' },
    { flags: '--absent-field <name>', help: 'field of absent labels (default: absent)' },
    { flags: '--split-field <name>', help: 'field of splits (default: split, subset …)' },
    {
      flags: '--separator <text>',
      help: 'separator of labels in one text (default: | ; , a line break or a space)',
      parse: mark,
    },
    {
      flags: '--classes <file>',
      help: 'one label per line, or a label file: names for labels given by number, and labels without images',
    },
  ],
  recognise: (folder) => (filesOf(folder).length > 0 ? '' : undefined),
  samples: async () => (await import('./samples.js')).jsonlSamples,
  async read(input) {
    const { readJsonl } = await import('./read-jsonl.js');
    return readJsonl(await readerFiles(input, filesOf), input);
  },
};
