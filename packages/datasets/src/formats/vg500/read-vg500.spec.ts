import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readVg500 } from './read-vg500.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.write({
    'train_list_500.txt': '2.jpg\r\n11.jpg\r\n',
    'test_list_500.txt': '\uFEFF3.jpg\n4.jpg',
    'vg_category_500_labels_index.json': {
      '2.jpg': [0, 499, 7],
      '11.jpg': [],
      '3.jpg': [12],
      '4.jpg': [1, 2],
      '5.jpg': [3],
    },
  });
  await folder.touch('VG_100K/2.jpg', 'VG_100K/3.jpg', 'VG_100K_2/11.jpg', 'VG_100K_2/4.jpg');
});
afterEach(() => folder.remove());

it('gives integer classes and finds images in both folders', async () => {
  const [train, test] = await readVg500(folder.path);
  expect([train.name, test.name]).toEqual(['train', 'test']);
  expect(train.file.classes).toEqual(Array.from({ length: 500 }, (_, i) => i));
  expect(train.file.images).toEqual([
    ['VG_100K/2.jpg', [0, 499, 7]],
    ['VG_100K_2/11.jpg', []],
  ]);
  expect(labelsByPath(test.file)).toEqual({ 'VG_100K/3.jpg': [12], 'VG_100K_2/4.jpg': [1, 2] });
});

it('takes numbers as text, blank lines, folders in names and Windows separators', async () => {
  await folder.write({
    'train_list_500.txt': 'VG_100K\\2.jpg\r\r./VG_100K_2/11.jpg\r\r\r',
    'vg_category_500_labels_index.json': {
      'VG_100K\\2.jpg': [' 0', '7.0'],
      '11.jpg': [],
      '3.jpg': [],
      '4.jpg': [],
    },
  });
  const [train] = await readVg500(folder.path);
  expect(labelsByPath(train.file)).toEqual({ 'VG_100K/2.jpg': [0, 7], 'VG_100K_2/11.jpg': [] });
});

it('finds images in one folder, and leaves out missing ones on request', async () => {
  await folder.touch('all/2.jpg', 'all/4.jpg');
  const options = { images: folder.file('all') };
  const error = await dataError(readVg500(folder.path, options), 'data/image-missing');
  expect(error.message).toContain('VG_100K/, VG_100K_2/, the folder itself');
  const [train, test] = await readVg500(folder.path, { ...options, skipMissing: true });
  expect([train, test].map(({ file }) => Object.keys(labelsByPath(file)))).toEqual([['2.jpg'], ['4.jpg']]);
  expect([...train.leftOut]).toEqual([['images that are not on disk', 1]]);
});

it.each([
  [
    'a class from 500 on',
    'vg_category_500_labels_index.json',
    { '2.jpg': [500], '11.jpg': [], '3.jpg': [], '4.jpg': [] },
    'data/unknown-label',
    'line 1: the image "2.jpg" has the label "500"',
  ],
  [
    'a label that is no integer',
    'vg_category_500_labels_index.json',
    { '2.jpg': [1.5] },
    'data/label-file-format',
    '2.jpg[0]',
  ],
  [
    'labels that are no list',
    'vg_category_500_labels_index.json',
    [[1]],
    'data/label-file-format',
    'the file',
  ],
  [
    'a file that is no JSON',
    'vg_category_500_labels_index.json',
    '{"2.jpg": [1',
    'data/not-json',
    'vg_category',
  ],
  ['an image without labels', 'test_list_500.txt', '3.jpg\n9.jpg\n', 'data/unknown-image', 'line 2: "9.jpg"'],
  ['a property of every object', 'test_list_500.txt', 'constructor\n', 'data/unknown-image', 'line 1'],
  ['an image twice', 'test_list_500.txt', '3.jpg\n3.jpg\n', 'data/duplicate-image', 'line 1 and line 2'],
  ['an image in both lists', 'test_list_500.txt', '3.jpg\n2.jpg\n', 'data/image-in-two-splits', '2.jpg'],
  ['an empty list', 'train_list_500.txt', '', 'data/empty-set', 'train_list_500.txt'],
])('refuses %s', async (_, file, content, code, place) => {
  await folder.write({ [file]: content });
  expect((await dataError(readVg500(folder.path), code)).message).toContain(place);
});

it('refuses a path out of the folder, and a folder without the lists', async () => {
  await folder.write({
    'vg_category_500_labels_index.json': { '/2.jpg': [1] },
    'train_list_500.txt': '/2.jpg',
  });
  await dataError(readVg500(folder.path), 'data/path-escape');
  const error = await dataError(readVg500(folder.file('VG_100K')), 'data/file-missing');
  expect(error.hint).toContain('train_list_500.txt');
});
