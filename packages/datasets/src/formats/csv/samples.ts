import { sampleImages, type DatasetSample } from '../dataset-sample.js';

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

export const csvSamples: readonly DatasetSample[] = [
  {
    layout: 'list',
    repeats: true,
    write(content) {
      const rows = sampleImages(content).map(
        ({ split, file, labels }) => `${split},${file},${cell(JSON.stringify(labels))}`,
      );
      return {
        files: { 'all.csv': ['split,file,labels', ...rows].join('\r\n') },
        options: { file: ['all.csv'] },
      };
    },
  },
  {
    layout: 'one-hot',
    repeats: false,
    write(content) {
      const table = (split: string) => {
        const listed = sampleImages(content).filter((image) => image.split === split);
        const rows = listed.map(({ file, labels }) =>
          [file, ...content.classes.map((label) => Number(labels.includes(label)))].join(),
        );
        return [`file,${content.classes.map(cell).join()}`, ...rows].join('\n');
      };
      return {
        files: { 'train.csv': table('train'), 'test.csv': table('test') },
        options: { file: ['train.csv', 'test.csv'] },
      };
    },
  },
];
