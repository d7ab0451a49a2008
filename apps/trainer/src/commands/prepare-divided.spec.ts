import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLabelFile } from '@polytag/datasets';
import { polytagTrain } from '../project.fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-prepare-'));
  const rows = Array.from({ length: 10 }, (_, i) => `${i}.jpg,${i % 2 ? 'cat' : 'cat|dog'}`);
  await writeFile(join(folder, 'tags.csv'), `image,tags\n${rows.join('\n')}\n`);
  // Whether images can be decoded is not asked: empty files will do.
  for (let i = 0; i < 10; i++) await writeFile(join(folder, `${i}.jpg`), '');
});
afterEach(() => rm(folder, { recursive: true }));

const prepare = (...options: string[]) =>
  polytagTrain('prepare', 'csv', '--from', folder, '--file', 'tags.csv', ...options);
const images = async (part: string) => (await readLabelFile(join(folder, `${part}.json`))).images;

it('takes labels that are not listed for unknown on request', async () => {
  expect((await prepare('--unlisted', 'unknown')).status).toBe(0);
  const { images: all, labels } = await readLabelFile(join(folder, 'tags.json'));
  expect(all.map((one) => (one.unknown ?? []).map((index) => labels.names[index]))).toEqual(
    Array.from({ length: 10 }, (_, i) => (i % 2 ? ['dog'] : [])),
  );
});

const LISTED = [['0.jpg', ['cat'], { absent: ['dog'] }], ['1.jpg', ['dog']]]; // prettier-ignore
it.each([
  ['json', JSON.stringify({ classes: ['cat', 'dog', 'owl'], images: LISTED })],
  [
    'jsonl',
    '{"file": "0.jpg", "labels": ["cat"], "absent": ["dog"]}\n{"file": "1.jpg", "labels": ["dog"], "unknown": ["owl"]}\n',
  ],
  ['csv', 'ImageID,LabelName,Confidence\n0,cat,1\n0,dog,0\n1,dog,1\n2,owl,1\n'],
  [
    'coco',
    JSON.stringify({
      categories: ['cat', 'dog', 'owl'].map((name, id) => ({ id, name })),
      images: [{ id: 0, file_name: '0.jpg', neg_category_ids: [1] }, { id: 1, file_name: '1.jpg' }],
      annotations: [{ id: 0, image_id: 0, category_id: 0 }, { id: 1, image_id: 1, category_id: 1 }],
    }), // prettier-ignore
  ],
])(
  'keeps a label absent that %s says an image lacks, where what is not listed is unknown',
  async (format, text) => {
    const file = join(folder, `said.${format === 'csv' || format === 'jsonl' ? format : 'json'}`);
    await writeFile(file, text);
    const named = format === 'coco' ? ['--train', file, '--no-val'] : ['--file', file];
    const out = join(folder, 'out');
    const { status, err } = await polytagTrain('prepare', format, '--from', folder, ...named, '--out', out, '--unlisted', 'unknown'); // prettier-ignore
    expect([status, err]).toEqual([0, expect.stringContaining('read in')]);
    const [written] = await readdir(out);
    const { images: all, labels } = await readLabelFile(join(out, written));
    const unknown = all.slice(0, 2).map((one) => (one.unknown ?? []).map((index) => labels.names[index]));
    expect(unknown).toEqual([['owl'], ['cat', 'owl']]);
  },
);

it('divides in one go what has no validation part', async () => {
  const { status, out } = await prepare('--val', '0.2', '--test', '0.2');
  expect([status, out]).toEqual([0, expect.stringContaining('in the frequency of each label')]);
  expect((await readdir(folder)).filter((name) => name.endsWith('.json')).sort()).toEqual([
    'test.json',
    'train.json',
    'val.json',
  ]);
  const parts = await Promise.all(['train', 'val', 'test'].map(images));
  expect(parts.map((part) => part.length)).toEqual([6, 2, 2]);
  expect(
    parts
      .flat()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Array.from({ length: 10 }, (_, i) => `${i}.jpg`));
  // Half of each part has the second label.
  expect(parts.map((part) => part.filter(({ labels }) => labels.length === 2).length)).toEqual([3, 1, 1]);
});

it('keeps groups together', async () => {
  const group = join(folder, 'groups.csv');
  await writeFile(group, `image,group\n${[0, 1, 2, 3, 4].map((i) => `${i}.jpg,a`).join('\n')}\n`);
  expect((await prepare('--val', '0.5', '--group', group)).status).toBe(0);
  const inTrain = (await images('train')).filter(({ name }) => name < '5');
  expect([0, 5]).toContain(inTrain.length);
});

it('refuses to divide parts that the data set has, and leaves nothing behind', async () => {
  await writeFile(join(folder, 'tags.csv'), 'image,tags,split\n1.jpg,cat,train\n2.jpg,cat,test\n');
  const { status, err } = await prepare('--val', '0.2');
  expect([status, err]).toEqual([
    2,
    expect.stringContaining('its own splits: train (1 image), test (1 image)'),
  ]);
  expect((await readdir(folder)).some((name) => name.endsWith('.json'))).toBe(false);
});

it.each([
  ['csv', ['--val', '1'], 'usage/split-shares'],
  ['csv', ['--group', 'duplicates'], 'usage/split-shares'],
  ['voc', ['--val', '0.2'], 'usage/has-splits'],
])('refuses %s with %j', async (format, options, code) => {
  const file = format === 'csv' ? ['--file', 'tags.csv'] : [];
  const { status, err } = await polytagTrain('prepare', format, '--from', folder, ...file, ...options);
  expect([status, err]).toEqual([2, expect.stringContaining(code)]);
});
