import { sampleImages, type DatasetSample } from '../dataset-sample.js';

const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

export const jsonlSamples: readonly DatasetSample[] = [
  {
    layout: 'lists',
    repeats: true,
    write: (content) => ({
      files: {
        'all.jsonl': lines(
          sampleImages(content).map(({ split, file, labels }) => ({ file_name: file, labels, split })),
        ),
      },
      options: { file: ['all.jsonl'] },
    }),
  },
  {
    layout: 'a field for each label',
    repeats: false,
    write: (content) => ({
      files: {
        'all.jsonl': lines(
          sampleImages(content).map(({ split, file, labels }) => ({
            image: { path: file },
            split,
            labels: Object.fromEntries(
              content.classes.map((label) => [label, Number(labels.includes(label))]),
            ),
          })),
        ),
      },
      options: { file: ['all.jsonl'] },
    }),
  },
];
