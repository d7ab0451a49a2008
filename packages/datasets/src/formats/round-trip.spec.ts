import fc from 'fast-check';
import { readCoco } from './coco/read-coco.js';
import { readCsv } from './csv/read-csv.js';
import { DataFolder, labelsByPath } from './folder.fixture.js';
import type { LabelledSplit } from './labelled-split.js';
import { readNusWide } from './nus-wide/read-nus-wide.js';
import { readVg500 } from './vg500/read-vg500.js';
import { readVoc, VOC_CLASSES } from './voc/read-voc.js';

/** Labels of each image of two splits, as indices into the classes of VOC; every image has one. */
type Labels = readonly (readonly number[])[];
interface Content {
  readonly train: Labels;
  readonly test: Labels;
}

const name = (label: number) => VOC_CLASSES[label];
const id = (split: string, i: number) => `${split}${i}`;

/** How each format says the same: writes it into a folder and reads it back. */
const FORMATS: Record<string, (folder: DataFolder, content: Content) => Promise<readonly LabelledSplit[]>> = {
  coco: async (folder, content) => {
    const categories = VOC_CLASSES.map((name, i) => ({ id: 90 - i, name }));
    for (const [split, images] of Object.entries(content) as [string, Labels][]) {
      const annotations = images.flatMap((labels, i) =>
        labels.map((label) => ({ image_id: 7 * i, category_id: 90 - label })),
      );
      const listed = images.map((_, i) => ({ id: 7 * i, file_name: `${id(split, i)}.jpg` }));
      await folder.write({ [`instances_${split}.json`]: { annotations, categories, images: listed } });
    }
    const files = ['train', 'test'].map((split) => folder.file(`instances_${split}.json`));
    return readCoco(files, { images: folder.path });
  },
  voc: async (folder, content) => {
    for (const [split, images] of Object.entries(content) as [string, Labels][]) {
      const ids = images.map((_, i) => id(split, i));
      await folder.write({ [`ImageSets/Main/${split}.txt`]: ids.join('\n') });
      for (const [i, labels] of images.entries()) {
        const objects = labels.map((label) => `<object><name>${name(label)}</name></object>`);
        await folder.write({ [`Annotations/${ids[i]}.xml`]: `<annotation>${objects.join('')}</annotation>` });
      }
    }
    return readVoc(folder.path, ['train', 'test'], { images: folder.path });
  },
  'nus-wide': async (folder, content) => {
    const rows = (split: string, images: Labels) =>
      images.map(
        (labels, i) =>
          `${id(split, i)}.jpg,"[${labels.map((label) => `'${name(label)}'`).join(', ')}]",${split.replace('test', 'val')}`,
      );
    const lines = [...rows('test', content.test), ...rows('train', content.train)];
    await folder.write({ 'nus_wid_data.csv': ['filepath,label,split_name', ...lines].join('\n') });
    return readNusWide(folder.path);
  },
  csv: async (folder, content) => {
    const rows = Object.entries(content).flatMap(([split, images]: [string, Labels]) =>
      images.map((labels, i) => `${split},${id(split, i)}.jpg,${labels.map(name).join('|')}`),
    );
    await folder.write({ 'all.csv': ['split,file,labels', ...rows].join('\n') });
    return readCsv([folder.file('all.csv')]);
  },
};

/** Formats in which a label is there or not, whatever the number of objects. */
const WITHOUT_REPEATS: typeof FORMATS = {
  'nus-wide, original': async (folder, content) => {
    await folder.write({ 'Concepts81.txt': VOC_CLASSES.join('\n') });
    for (const [split, images] of [
      ['Train', content.train],
      ['Test', content.test],
    ] as const) {
      const ids = images.map((_, i) => `${id(split.toLowerCase(), i)}.jpg`);
      await folder.write({ [`ImageList/${split}Imagelist.txt`]: ids.join('\r\n') });
      for (const [label, concept] of VOC_CLASSES.entries()) {
        const column = images.map((labels) => (labels.includes(label) ? '1' : '0'));
        const path = `Groundtruth/TrainTestLabels/Labels_${concept}_${split}.txt`;
        await folder.write({ [path]: column.join('\n') });
      }
    }
    return readNusWide(folder.path, { distribution: 'original' });
  },
  'csv, a column for each label': async (folder, content) => {
    for (const [split, images] of Object.entries(content) as [string, Labels][]) {
      const rows = images.map((labels, i) =>
        [`${id(split, i)}.jpg`, ...VOC_CLASSES.map((_, label) => Number(labels.includes(label)))].join(),
      );
      await folder.write({ [`${split}.csv`]: [`file,${VOC_CLASSES.join()}`, ...rows].join('\n') });
    }
    return readCsv(['train', 'test'].map((split) => folder.file(`${split}.csv`)));
  },
  vg500: async (folder, content) => {
    const indices = Object.entries(content).flatMap(([split, images]: [string, Labels]) =>
      images.map((labels, i) => [`${id(split, i)}.jpg`, labels] as const),
    );
    await folder.write({ 'vg_category_500_labels_index.json': Object.fromEntries(indices) });
    for (const [split, images] of Object.entries(content) as [string, Labels][]) {
      await folder.write({
        [`${split}_list_500.txt`]: images.map((_, i) => `${id(split, i)}.jpg`).join('\n'),
      });
    }
    return readVg500(folder.path);
  },
};

let folder: DataFolder;
beforeAll(async () => {
  folder = await DataFolder.make();
  await folder.touch(...['train', 'test'].flatMap((split) => [0, 1, 2].map((i) => `${id(split, i)}.jpg`)));
});
afterAll(() => folder.remove());

async function check(read: (typeof FORMATS)[string], options: { readonly repeats: boolean }) {
  const label = fc.nat({ max: VOC_CLASSES.length - 1 });
  const labels = options.repeats
    ? fc.array(label, { minLength: 1, maxLength: 5 })
    : fc.uniqueArray(label, { minLength: 1, maxLength: 5 });
  const split = fc.array(labels, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.record({ train: split, test: split }), async (content) => {
      const sorted = (images: Labels) => images.map((one) => [...one].sort((a, b) => a - b));
      const splits = await read(folder, content);
      const got = splits.map(({ name: split, file }) => {
        const byPath = labelsByPath(file);
        const images = Object.keys(byPath).map(
          (_, i) => byPath[`${id(split.replace('val', 'test'), i)}.jpg`],
        );
        return images.map((names) =>
          names.map((one) => (typeof one === 'number' ? one : VOC_CLASSES.findIndex((name) => name === one))),
        );
      });
      expect(got.map(sorted)).toEqual([sorted(content.train), sorted(content.test)]);
    }),
    { numRuns: 15 },
  );
}

it.each(Object.entries(FORMATS))('%s keeps every label as often as it is listed', (_, read) =>
  check(read, { repeats: true }),
);

it.each(Object.entries(WITHOUT_REPEATS))('%s keeps every label', (_, read) =>
  check(read, { repeats: false }),
);
