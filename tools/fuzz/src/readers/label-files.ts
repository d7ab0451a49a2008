import { join } from 'node:path';
import { readLabelFile, summarise } from '@polytag/datasets';
import {
  datasetReaders,
  sampleImages,
  type DatasetReader,
  type DatasetSample,
} from '@polytag/datasets/readers';
import type { FuzzedReader } from '../reader.js';

const CLASSES = ['café', 'b"b', '__proto__'];

/** A sample of each layout of each format, and label files as the other commands read them. */
export async function labelFiles(): Promise<readonly FuzzedReader[]> {
  const all = datasetReaders.map(async (reader) =>
    (await reader.samples()).map((one) => fuzzed(reader, one)),
  );
  return [LABEL_FILE, ...(await Promise.all(all)).flat()];
}

function fuzzed(reader: DatasetReader, sample: DatasetSample): FuzzedReader {
  const content = { classes: sample.classes ?? CLASSES, train: [[0, 1], [2]], test: [[1]] };
  const { files, options } = sample.write(content);
  // The content of images is not looked at here, but of those that are all that a format has.
  const images = Object.fromEntries(sampleImages(content).map(({ file }) => [file, '']));
  return {
    name: [reader.name, sample.layout].filter(Boolean).join(', '),
    files: { ...images, ...texts(files) },
    damaged: Object.keys(files),
    async read(folder) {
      const given = options['images'];
      const own = typeof given === 'string' ? { images: join(folder, given) } : {};
      const splits = await reader.read({ from: folder, ...options, ...own });
      // Used as `prepare` does.
      JSON.stringify([splits.map(({ file }) => file), reader.suspicions?.(splits)]);
    },
  };
}

const LABEL_FILE: FuzzedReader = {
  name: 'label json',
  files: {
    '1.jpg': '',
    '2.jpg': '',
    '3.jpg': '',
    'train.json': JSON.stringify({
      classes: ['café', 'cat', '__proto__'],
      images: [
        ['1.jpg', ['cat', 'café']],
        ['2.jpg', []],
        ['3.jpg', ['__proto__'], { unknown: ['cat'] }],
      ],
    }),
  },
  damaged: ['train.json'],
  read: async (folder) => {
    for (const unknownLabels of ['ignore', 'error'] as const)
      summarise(await readLabelFile(join(folder, 'train.json'), { unknownLabels }));
  },
};

const texts = (files: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );
