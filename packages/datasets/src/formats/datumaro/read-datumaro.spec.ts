import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readDatumaro, type DatumaroOptions } from './read-datumaro.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

const label = (label_id: number | null, type = 'label') => ({
  id: 0,
  type,
  attributes: {},
  group: 0,
  label_id,
});
const item = (id: string, annotations: unknown, more: object = {}) => ({ id, annotations, ...more });
const content = (items: unknown, labels: unknown = ['Panda', 'Lion']) => ({
  dm_format_version: '1.0',
  media_type: 2,
  infos: { GetiProjectTask: 'classification' },
  categories: {
    label: {
      labels: Array.isArray(labels)
        ? labels.map((name: unknown) => ({ name, parent: '', attributes: [] }))
        : labels,
      label_groups: [{ name: 'a', group_type: 'exclusive', labels: ['Panda'] }],
      attributes: [],
    },
    mask: { colormap: [] },
  },
  items,
});

async function read(files: Record<string, unknown>, options?: DatumaroOptions) {
  const names = Object.keys(files).map((name) => `annotations/${name}.json`);
  await folder.write(Object.fromEntries(Object.values(files).map((file, i) => [names[i], file])));
  return readDatumaro(
    names.map((name) => folder.file(name)),
    options,
  );
}

it('reads subsets as Geti and OTX write them, with images by path or id', async () => {
  await folder.touch('images/train/Slide1.jpg', 'images/train/deep/Slide2.png', 'images/validation/v.jpg');
  const splits = await read({
    train: content([
      item('Slide1', [label(1), label(0)], {
        image: { path: 'Slide1.jpg', size: [7, 9] },
        attr: { has_empty_label: false },
      }),
      item('deep/Slide2', [label(0), label(0, 'bbox'), label(null, 'caption')], { media: { path: '' } }),
    ]),
    validation: content([item('v', [label(0)], { image: { path: '../x/images/validation/v.jpg' } })]),
  });
  expect(splits.map(({ name, file }) => [name, file.classes, labelsByPath(file)])).toEqual([
    [
      'train',
      ['Lion', 'Panda'],
      { 'images/train/Slide1.jpg': ['Lion', 'Panda'], 'images/train/deep/Slide2.png': ['Panda', 'Panda'] },
    ],
    ['val', ['Lion', 'Panda'], { 'images/validation/v.jpg': ['Panda'] }],
  ]);
});

it('takes numbers as text, labels that are names alone, and what Python writes for no number', async () => {
  await folder.touch('1.jpg', '2.jpg');
  const file = JSON.stringify({
    categories: { label: { labels: ['Panda', 'Lion'] } },
    items: [
      item('1', [{ type: null, label_id: '1.0', score: 'NaN' }]),
      item('2', [], { attr: { has_empty_label: 'False' } }),
    ],
  }).replace('"NaN"', 'NaN');
  const [split] = await read({ train: file });
  expect(labelsByPath(split.file)).toEqual({ '1.jpg': ['Lion'] });
  expect([...split.leftOut]).toEqual([['images without annotations', 1]]);
});

it('ignores objects on request, and tells images without labels from those that nobody annotated', async () => {
  await folder.touch('images/1.jpg', 'images/2.jpg', 'images/3.jpg', 'images/4.jpg');
  const file = content([
    item('1', [label(0, 'polygon')]),
    item('2', [], { attr: { has_empty_label: true } }),
    item('3', [], { attr: { has_empty_label: false } }),
    item('4', null),
  ]);
  const [split] = await read({ default: file });
  expect([split.name, labelsByPath(split.file)]).toEqual([
    'default',
    { 'images/1.jpg': ['Panda'], 'images/2.jpg': [], 'images/4.jpg': [] },
  ]);
  expect([...split.leftOut]).toEqual([['images without annotations', 1]]);
  const [ignoring] = await read({ default: file }, { objects: 'ignore' });
  expect(labelsByPath(ignoring.file)['images/1.jpg']).toEqual([]);
});

it.each<[string, unknown, string, string]>([
  [
    'a label that is not listed',
    content([item('1', [label(0), label(5)])]),
    'data/unknown-label',
    'items[0].annotations[1]',
  ],
  ['a label before the first', content([item('1', [label(-1)])]), 'data/unknown-label', 'label_id -1'],
  ['items that are no list', content({}), 'data/label-file-format', 'items'],
  [
    'a name that is none',
    content([item('1', [])], ['']),
    'data/label-file-format',
    'categories.label.labels[0].name',
  ],
  ['two labels of a name', content([item('1', [])], []), 'data/no-classes', 'train.json'],
  [
    'an item twice',
    content([item('1', [label(0)]), item('1', [label(0)])]),
    'data/duplicate-image',
    'items[0] and items[1]',
  ],
  [
    'a path out of the folder',
    content([item('1', [label(0)], { image: { path: '../../2.jpg' } })]),
    'data/path-escape',
    'items[0]',
  ],
  ['no JSON', '{"items": [', 'data/not-json', 'train.json'],
  ['no items', content([]), 'data/empty-set', 'train.json'],
])('refuses %s', async (_, file, code, place) => {
  await folder.touch('images/1.jpg');
  expect((await dataError(read({ train: file }), code)).message).toContain(place);
});
