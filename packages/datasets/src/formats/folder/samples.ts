import { sampleImages, type DatasetSample } from '../dataset-sample.js';

/** A photograph with several labels is in several folders. */
export const folderSamples: readonly DatasetSample[] = [
  {
    repeats: false,
    write: (content) => ({
      files: Object.fromEntries(
        sampleImages(content).flatMap(({ split, file, labels }) =>
          labels.map((label) => [`${split}/${label}/${file}`, `photograph ${file}`]),
        ),
      ),
      options: { nested: 'each', splits: true, none: [] },
    }),
  },
];
