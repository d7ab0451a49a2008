import { symlink } from 'node:fs/promises';
import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readJson, type JsonOptions } from './read-json.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.touch('data/1.jpg', 'data/2.jpg', 'data/sub/3.jpg', 'elsewhere/4.jpg');
});
afterEach(() => folder.remove());

let notes: string[];
async function read(classes: unknown[], images: unknown[], options?: JsonOptions) {
  notes = [];
  await folder.write({ 'data/train.json': { classes, images } });
  return readJson([folder.file('data/train.json')], {
    onNote: (note) => notes.push(note),
    ...options,
  });
}

it('puts together what a file says of an image in several places, under any spelling of its path', async () => {
  const [{ name, file }] = await read(
    ['dog', 'cat', 'cow', 'dog'],
    [
      ['1.jpg', ['dog', 'dog'], { unknown: ['cat', 'cow'] }],
      ['2.jpg', []],
      ['./1.JPG', ['dog', 'cat']],
      ['sub/../1.jpg', []],
      ['../elsewhere/4.jpg', ['cow']],
      [folder.file('elsewhere', '4.jpg'), ['dog']],
      ['sub\\3.jpg', ['cat']],
    ],
  );
  expect(name).toBe('train');
  expect(file).toEqual({
    classes: ['dog', 'cat', 'cow'],
    images: [
      ['1.jpg', ['dog', 'dog', 'cat'], { unknown: ['cow'] }],
      ['2.jpg', []],
      ['../elsewhere/4.jpg', ['cow', 'dog']],
      ['sub/3.jpg', ['cat']],
    ],
  });
  expect(notes).toEqual([
    'train.json: 3 entries repeat an image; their labels were merged',
    'train.json: 1 label was listed twice',
  ]);
});

it('gives labels one spelling on request, in all files, and those of images that of the classes', async () => {
  const classes = ['Dog', 'caf\u00e9'];
  const images = [
    ['1.jpg', ['dog', 'cafe\u0301']],
    ['2.jpg', ['dog ']],
    ['sub/3.jpg', ['dog']],
  ];
  await dataError(read(classes, images), 'data/unknown-label');
  await folder.write({
    'data/train.json': { classes, images },
    'elsewhere/val.json': { classes: ['CAFÉ', 'dog'], images: [['4.jpg', ['dog']]] },
  });
  const files = [folder.file('data/train.json'), folder.file('elsewhere/val.json')];
  await dataError(readJson(files), 'data/unknown-label');
  const [train, val] = await readJson(files, { normaliseLabels: true });
  expect([...train.file.classes].sort()).toEqual(['café', 'dog']);
  expect([...val.file.classes].sort()).toEqual(['café', 'dog']);
  expect(labelsByPath(train.file)).toEqual({
    '1.jpg': ['dog', 'café'],
    '2.jpg': ['dog'],
    'sub/3.jpg': ['dog'],
  });
  expect(labelsByPath(val.file)).toEqual({ '../elsewhere/4.jpg': ['dog'] });
});

it('keeps classes by number, and two names of one file that a link makes', async () => {
  await symlink(folder.file('data/1.jpg'), folder.file('data/link.jpg'));
  const images = [
    ['1.jpg', [10, 9]],
    ['link.jpg', [9]],
  ];
  const [{ file }] = await read([9, 10], images, { normaliseLabels: true });
  expect(file).toEqual({ classes: [9, 10], images });
});

it.each<[string, unknown[], unknown[], string]>([
  ['no images', ['dog'], [], 'data/empty-set'],
  ['no classes', [], [['1.jpg', []]], 'data/no-classes'],
  ['a label that is no class', ['dog'], [['1.jpg', [], { unknown: ['cat'] }]], 'data/unknown-label'],
  ['an image that is not there', ['dog'], [['9.jpg', []]], 'data/image-missing'],
  ['what is no label file', ['dog'], [['1.jpg']], 'data/label-file-format'],
])('refuses %s', async (_, classes, images, code) => {
  expect((await dataError(read(classes, images), code)).message).toContain('train.json');
});

it('leaves out missing images on request, and refuses one in two files', async () => {
  const images = [
    ['1.jpg', ['dog']],
    ['9.jpg', ['dog']],
  ];
  const [{ leftOut, file }] = await read(['dog'], images, { skipMissing: true });
  expect([...leftOut]).toEqual([['images that are not on disk', 1]]);
  expect(file.images).toHaveLength(1);
  await folder.write({ 'data/val.json': { classes: ['dog'], images: [['./1.jpg', []]] } });
  const both = ['train.json', 'val.json'].map((one) => folder.file('data', one));
  await dataError(readJson(both, { skipMissing: true }), 'data/image-in-two-splits');
});
