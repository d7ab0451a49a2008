import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { DataError } from '@polytag/core';
import { readCoco } from './coco/read-coco.js';
import { readCsv } from './csv/read-csv.js';
import { DataFolder } from './folder.fixture.js';
import type { LabelledSplit } from './labelled-split.js';
import { readNusWide } from './nus-wide/read-nus-wide.js';
import { readVg500 } from './vg500/read-vg500.js';
import { readVoc } from './voc/read-voc.js';

const IMAGES = ['1.jpg', '2.jpg', '3.jpg'];

interface Format {
  readonly files: Readonly<Record<string, unknown>>;
  readonly read: (folder: DataFolder) => Promise<readonly LabelledSplit[]>;
}

const FORMATS: Record<string, Format> = {
  coco: {
    files: {
      'instances_train.json': {
        images: IMAGES.map((file_name, id) => ({ id, file_name })),
        annotations: IMAGES.map((_, i) => ({ image_id: i, category_id: 7, segmentation: [[1.5, -2e3]] })),
        categories: [{ id: 7, name: 'caf\u00e9 \u{1F600}\n"' }],
      },
    },
    read: (folder) => readCoco([folder.file('instances_train.json')], { images: folder.path }),
  },
  voc: {
    files: {
      'ImageSets/Main/train.txt': '1\n2\r\n3\n',
      ...Object.fromEntries(
        ['1', '2', '3'].map((id) => [
          `Annotations/${id}.xml`,
          '<?xml version="1.0"?><annotation><object id="1"><name>dog</name><difficult>1</difficult></object></annotation>',
        ]),
      ),
    },
    read: (folder) => readVoc(folder.path, ['train'], { images: folder.path }),
  },
  'nus-wide, asl': {
    files: { 'nus_wid_data.csv': `filepath,label,split_name\n1.jpg,"['a', ""b""]",train\n2.jpg,['c'],val\n` },
    read: (folder) => readNusWide(folder.path, { distribution: 'asl' }),
  },
  'nus-wide, original': {
    files: {
      'Concepts81.txt': 'sky\r\n',
      'ImageList/TrainImagelist.txt': '1.jpg\n2.jpg\n',
      'ImageList/TestImagelist.txt': '3.jpg\n',
      'Groundtruth/TrainTestLabels/Labels_sky_Train.txt': '1\n1\n',
      'Groundtruth/TrainTestLabels/Labels_sky_Test.txt': '1\n',
    },
    read: (folder) => readNusWide(folder.path, { distribution: 'original' }),
  },
  vg500: {
    files: {
      'train_list_500.txt': '1.jpg\n2.jpg\n',
      'test_list_500.txt': '3.jpg\n',
      'vg_category_500_labels_index.json': { '1.jpg': [0, 499], '2.jpg': [], '3.jpg': [7] },
    },
    read: (folder) => readVg500(folder.path),
  },
  csv: {
    files: { 'own.csv': 'file,labels,split\n1.jpg,"a|""b""",train\n2.jpg,,val\n' },
    read: (folder) => readCsv([folder.file('own.csv')]),
  },
};

/** Takes some bytes out and puts others in. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  gone: fc.nat({ max: 8 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom('"', '\n', '../', '[', '}', ',', '<', '&x;', '0', '\uFEFF')
      .map((text) => Buffer.from(text)),
  ),
});

it.each(Object.entries(FORMATS))(
  '%s: a damaged file is read or refused, never a defect',
  async (_, format) => {
    const folder = await DataFolder.make();
    await folder.write(format.files);
    await folder.touch(...IMAGES);
    expect((await format.read(folder)).length).toBeGreaterThan(0);
    const names = Object.keys(format.files);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), damage, async (name, { at, gone, put }) => {
        const whole = await readFile(folder.file(name));
        const start = Math.floor(at * whole.length);
        const damaged = Buffer.concat([whole.subarray(0, start), put, whole.subarray(start + gone)]);
        await writeFile(folder.file(name), damaged);
        try {
          for (const { file } of await format.read(folder)) {
            for (const [path] of file.images) expect(IMAGES).toContain(path);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        } finally {
          await writeFile(folder.file(name), whole);
        }
      }),
      { numRuns: 60 },
    );
    await folder.remove();
  },
);
