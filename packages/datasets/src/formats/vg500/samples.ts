import { sampleImages, type DatasetSample } from '../dataset-sample.js';

export const vg500Samples: readonly DatasetSample[] = [
  {
    repeats: true,
    classes: Array.from({ length: 500 }, (_, i) => String(i)),
    write(content) {
      const images = sampleImages(content);
      const filesOf = (split: string) =>
        images.filter((image) => image.split === split).map(({ file }) => file);
      return {
        files: {
          'train_list_500.txt': filesOf('train').join('\n'),
          'test_list_500.txt': filesOf('test').join('\r\n'),
          'vg_category_500_labels_index.json': Object.fromEntries(
            images.map(({ file, labels }) => [file, labels.map(Number)]),
          ),
        },
        options: {},
      };
    },
  },
];
