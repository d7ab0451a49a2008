import { sampleImages, type DatasetSample } from '../dataset-sample.js';

export const datumaroSamples: readonly DatasetSample[] = [
  {
    repeats: true,
    write(content) {
      const file = (split: string) => ({
        dm_format_version: '1.0',
        infos: {},
        categories: {
          label: { labels: content.classes.map((name) => ({ name, parent: '', attributes: [] })) },
        },
        items: sampleImages(content)
          .filter((image) => image.split === split)
          .map(({ id, file, labels }) => ({
            id,
            annotations: labels.map((label, i) => ({
              id: i,
              type: 'label',
              group: 0,
              label_id: content.classes.indexOf(label),
            })),
            attr: { has_empty_label: false },
            image: { path: file, size: [4, 4] },
          })),
      });
      return {
        files: { 'annotations/train.json': file('train'), 'annotations/test.json': file('test') },
        options: { file: ['annotations/train.json', 'annotations/test.json'], objects: 'keep' },
      };
    },
  },
];
