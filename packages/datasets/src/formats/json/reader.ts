import { UsageError } from '@polytag/core';
import { fileOptions, filesIn, type DatasetReader } from '../dataset-reader.js';

/** `json`: label files that are to be written again. */
export const jsonReader: DatasetReader<{ readonly file: readonly string[] }> = {
  name: 'json',
  description: 'label files: merges repeated images and, with --normalise-labels, spellings of a label',
  folder: `
  train.json     choose with --file      -> OUT/train.json
  images/*.jpg   paths are relative to the file
`,
  from: '.',
  options: [{ flags: '--file <file>', help: 'label file in the folder; may be repeated', repeats: true }],
  recognise({ json }) {
    const files = [...json].flatMap(([path, kind]) => (kind === 'label file' ? [path] : []));
    return files.length === 0 ? undefined : fileOptions(files);
  },
  samples: async () => (await import('./samples.js')).jsonSamples,
  async read(input) {
    if (input.file.length === 0) {
      throw new UsageError('usage/no-files', 'No label file was given.', {
        hint: 'For example: polytag-train prepare json --file train.json --normalise-labels --out merged',
      });
    }
    const { readJson } = await import('./read-json.js');
    return readJson(filesIn(input.from, input.file), input);
  },
};
