import { sampleImages, type DatasetSample } from '../dataset-sample.js';

const quoted = (label: string) => `'${label.replace(/[\\']/g, '\\$&').replaceAll('"', '""')}'`;

export const nusWideSamples: readonly DatasetSample[] = [
  {
    layout: 'asl',
    repeats: true,
    write(content) {
      const rows = sampleImages(content).map(
        ({ file, labels, split }) =>
          `${file},"[${labels.map(quoted).join(', ')}]",${split === 'test' ? 'val' : 'train'}`,
      );
      return {
        files: { 'nus_wid_data.csv': ['filepath,label,split_name', ...rows].join('\n') },
        options: { distribution: 'asl' },
      };
    },
  },
  {
    layout: 'original',
    repeats: false,
    classes: ['sky', 'sea', 'person', 'sunset'],
    write(content) {
      const images = sampleImages(content);
      const files: Record<string, string> = { 'Concepts81.txt': content.classes.join('\r\n') };
      for (const [split, name] of [
        ['train', 'Train'],
        ['test', 'Test'],
      ] as const) {
        const listed = images.filter((image) => image.split === split);
        files[`ImageList/${name}Imagelist.txt`] = listed.map(({ file }) => file).join('\r\n');
        for (const concept of content.classes) {
          const column = listed.map(({ labels }) => (labels.includes(concept) ? '1' : '0'));
          files[`Groundtruth/TrainTestLabels/Labels_${concept}_${name}.txt`] = column.join('\n');
        }
      }
      return { files, options: { distribution: 'original' } };
    },
  },
];
