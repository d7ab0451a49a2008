import { join } from 'node:path';
import {
  readLabelFile,
  readCoco,
  readCsv,
  readNusWide,
  readVg500,
  readVoc,
  summarise,
  type LabelledSplit,
} from '@polytag/datasets';
import type { FuzzedReader } from '../reader.js';

/** Their content is not looked at here. */
const IMAGES = { '1.jpg': '', '2.jpg': '', '3.jpg': '' };
const names = Object.keys(IMAGES);

/** Uses what a reader gives as `prepare` does. */
const used = (splits: readonly LabelledSplit[]) => JSON.stringify(splits.map(({ file }) => file));

const reader = (
  name: string,
  files: Readonly<Record<string, unknown>>,
  read: (folder: string) => unknown,
): FuzzedReader => {
  const texts = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );
  return { name, files: { ...IMAGES, ...texts }, damaged: Object.keys(texts), read };
};

export const LABEL_FILES: readonly FuzzedReader[] = [
  reader(
    'label json',
    {
      'train.json': {
        classes: ['café', 'cat', '__proto__'],
        images: [
          ['1.jpg', ['cat', 'café']],
          ['2.jpg', []],
          ['3.jpg', ['__proto__']],
        ],
      },
    },
    async (folder) => {
      for (const unknownLabels of ['ignore', 'error'] as const)
        summarise(await readLabelFile(join(folder, 'train.json'), { unknownLabels }));
    },
  ),
  reader(
    'csv',
    { 'own.csv': 'file,labels,split\r\n1.jpg,"a|""b""",train\r\n2.jpg,,val\r\n3.jpg,é|a,train\r\n' },
    async (folder) => used(await readCsv([join(folder, 'own.csv')])),
  ),
  reader(
    'csv, one-hot',
    { 'own.csv': 'image;cat;dog;é\n1.jpg;1;0;1\n2.jpg;0;1;0\n3.jpg;0;0;-1\n' },
    async (folder) => used(await readCsv([join(folder, 'own.csv')])),
  ),
  reader(
    'coco',
    {
      'instances_train.json': {
        images: names.map((file_name, id) => ({ id, file_name })),
        annotations: names.map((_, i) => ({ image_id: i, category_id: 7, segmentation: [[1.5, -2e3]] })),
        categories: [{ id: 7, name: 'café \u{1F600}\n"' }],
      },
    },
    async (folder) => used(await readCoco([join(folder, 'instances_train.json')], { images: folder })),
  ),
  reader(
    'voc',
    {
      'ImageSets/Main/train.txt': '1\n2\r\n3\n',
      ...Object.fromEntries(
        ['1', '2', '3'].map((id) => [
          `Annotations/${id}.xml`,
          '<?xml version="1.0"?><annotation><object id="1"><name>dog</name><difficult>1</difficult><part><name>head</name></part></object></annotation>',
        ]),
      ),
    },
    async (folder) => used(await readVoc(folder, ['train'], { images: folder })),
  ),
  reader(
    'nus-wide, csv',
    { 'nus_wid_data.csv': `filepath,label,split_name\n1.jpg,"['a', ""b""]",train\n2.jpg,['c'],val\n` },
    async (folder) => used(await readNusWide(folder, { distribution: 'asl' })),
  ),
  reader(
    'nus-wide, lists',
    {
      'Concepts81.txt': 'sky\r\nsea\r\n',
      'ImageList/TrainImagelist.txt': '1.jpg\n2.jpg\n',
      'ImageList/TestImagelist.txt': '3.jpg\n',
      'Groundtruth/TrainTestLabels/Labels_sky_Train.txt': '1\n0\n',
      'Groundtruth/TrainTestLabels/Labels_sky_Test.txt': '1\n',
      'Groundtruth/TrainTestLabels/Labels_sea_Train.txt': '0\n1\n',
      'Groundtruth/TrainTestLabels/Labels_sea_Test.txt': '1\n',
    },
    async (folder) => used(await readNusWide(folder, { distribution: 'original' })),
  ),
  reader(
    'vg500',
    {
      'train_list_500.txt': '1.jpg\n2.jpg\n',
      'test_list_500.txt': '3.jpg\n',
      'vg_category_500_labels_index.json': { '1.jpg': [0, 499], '2.jpg': [], '3.jpg': [7] },
    },
    async (folder) => used(await readVg500(folder)),
  ),
];
