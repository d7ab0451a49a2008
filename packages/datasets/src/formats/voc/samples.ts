import { sampleImages, type DatasetSample } from '../dataset-sample.js';
import { VOC_CLASSES } from './read-voc.js';

/** A list per split, and a file of objects per image. */
export const vocSamples: readonly DatasetSample[] = [
  {
    repeats: true,
    classes: VOC_CLASSES,
    write(content) {
      const images = sampleImages(content);
      const idsOf = (split: string) => images.filter((image) => image.split === split).map(({ id }) => id);
      const object = (label: string) =>
        `<object id="1"><name>${label}</name><difficult>1</difficult><part><name>head</name></part></object>`;
      const annotations = images.map(({ id, labels }) => [
        `Annotations/${id}.xml`,
        `<?xml version="1.0"?><annotation>${labels.map(object).join('')}</annotation>`,
      ]);
      return {
        files: {
          'ImageSets/Main/train.txt': idsOf('train').join('\n'),
          'ImageSets/Main/test.txt': idsOf('test').join('\r\n'),
          ...Object.fromEntries(annotations),
        },
        options: { train: 'train', val: 'test', difficult: 'keep', images: '.' },
      };
    },
  },
];
