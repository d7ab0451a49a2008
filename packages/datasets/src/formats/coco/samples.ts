import { sampleImages, type DatasetSample } from '../dataset-sample.js';

/** A file of objects per split. Ids of categories and images are not positions. */
export const cocoSamples: readonly DatasetSample[] = [
  {
    repeats: true,
    write(content) {
      const images = sampleImages(content);
      const file = (split: string) => {
        const listed = images.filter((image) => image.split === split);
        return {
          annotations: listed.flatMap(({ labels }, i) =>
            labels.map((label) => ({
              image_id: 7 * i,
              category_id: 90 - content.classes.indexOf(label),
              segmentation: [[1.5, -2e3]],
            })),
          ),
          categories: content.classes.map((name, i) => ({ id: 90 - i, name })),
          images: listed.map(({ file }, i) => ({ id: 7 * i, file_name: file })),
        };
      };
      return {
        files: { 'instances_train.json': file('train'), 'instances_test.json': file('test') },
        options: { train: 'instances_train.json', val: 'instances_test.json' },
      };
    },
  },
];
