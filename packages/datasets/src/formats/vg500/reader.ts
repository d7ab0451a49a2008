import { LABEL_FILES, type DatasetReader } from '../dataset-reader.js';

/** `vg500`: the split of Visual Genome by SSGRL. */
export const vg500Reader: DatasetReader = {
  name: 'vg500',
  description: 'VG500, the split of Visual Genome by SSGRL',
  folder: `
  train_list_500.txt                     -> train.json
  test_list_500.txt                      -> val.json
  vg_category_500_labels_index.json
  VG_100K/*.jpg  VG_100K_2/*.jpg         or all in one of them
`,
  options: [],
  // As papers report them; the second part was counted in the authors' label file.
  published: [
    {
      name: 'VG500',
      classes: 500,
      splits: { train: { images: [82_904, 98_249] }, test: { images: [10_000], meanLabels: '13.61' } },
    },
  ],
  labelFiles: () => LABEL_FILES,
  recognise: ({ files }) => (files.includes('vg_category_500_labels_index.json') ? '' : undefined),
  samples: async () => (await import('./samples.js')).vg500Samples,
  async read(input) {
    const { readVg500 } = await import('./read-vg500.js');
    return readVg500(input.from, input);
  },
};
