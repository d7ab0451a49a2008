import { sampleImages, type DatasetSample } from '../dataset-sample.js';

export const jsonSamples: readonly DatasetSample[] = [
  {
    repeats: true,
    write(content) {
      const file = (split: string) => ({
        classes: content.classes,
        images: sampleImages(content).flatMap(({ split: of, file, labels }) =>
          of === split ? [[file, labels]] : [],
        ),
      });
      return {
        files: { 'train.json': file('train'), 'test.json': file('test') },
        options: { file: ['train.json', 'test.json'] },
      };
    },
  },
];
