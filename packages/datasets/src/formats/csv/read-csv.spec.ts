import { UsageError } from '@polytag/core';
import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readCsv, type CsvOptions } from './read-csv.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.touch('a.jpg', 'b.jpg', 'c, "d".jpg');
});
afterEach(() => folder.remove());

async function read(text: string, options?: CsvOptions) {
  await folder.write({ 'own.csv': text });
  return readCsv([folder.file('own.csv')], options);
}

it('reads labels in one cell, quoted as RFC 4180 says', async () => {
  const [{ name, file }] = await read(
    '\uFEFFfile,labels\r\na.jpg,dog|person|dog\r\n"c, ""d"".jpg"," two\nwords | dog|"\r\nb.jpg,\r\n',
  );
  expect(name).toBe('own');
  expect(file).toEqual({
    classes: ['dog', 'person', 'two\nwords'],
    images: [
      ['a.jpg', ['dog', 'person', 'dog']],
      ['c, "d".jpg', ['two\nwords', 'dog']],
      ['b.jpg', []],
    ],
  });
});

it('reads a column of 0 and 1 for each label, and counts labels without an image', async () => {
  const [{ file }] = await read('image,person,dog,zebra\na.jpg,1,1,0\nb.jpg,0, 0 ,0\n');
  expect(file).toEqual({
    classes: ['dog', 'person', 'zebra'],
    images: [
      ['a.jpg', ['person', 'dog']],
      ['b.jpg', []],
    ],
  });
});

it('gives a split for each value of a column, with the classes of all', async () => {
  const splits = await read('split,file,labels\nval,a.jpg,cat\ntrain,b.jpg,dog\n');
  expect(splits.map(({ name, file }) => [name, file.classes, labelsByPath(file)])).toEqual([
    ['val', ['cat', 'dog'], { 'a.jpg': ['cat'] }],
    ['train', ['cat', 'dog'], { 'b.jpg': ['dog'] }],
  ]);
});

it('gives a split for each file, with the classes of all', async () => {
  await folder.write({ 'train.csv': 'file,label\na.jpg,dog\n', 'val.csv': 'file,label\nb.jpg,cat\n' });
  const files = ['train.csv', 'val.csv'].map((name) => folder.file(name));
  const splits = await readCsv(files);
  expect(splits.map(({ name, file }) => [name, file.classes, labelsByPath(file)])).toEqual([
    ['train', ['cat', 'dog'], { 'a.jpg': ['dog'] }],
    ['val', ['cat', 'dog'], { 'b.jpg': ['cat'] }],
  ]);
  await folder.write({ 'val.csv': 'file,label\na.jpg,cat\n' });
  await dataError(readCsv(files), 'data/image-in-two-splits');
  await folder.write({ 'val.csv': 'file,label\n' });
  expect((await dataError(readCsv(files), 'data/empty-set')).message).toContain('val.csv');
});

it('takes other columns, delimiters, separators and folders', async () => {
  await folder.touch('photos/sub/e.jpg');
  const [{ name, file, root }] = await read('id;tags;path;part\n7;dog,cat;sub\\e.jpg;test\n', {
    ...{ delimiter: ';', separator: ',', fileColumn: 'path', labelsColumn: 'tags', splitColumn: 'part' },
    images: folder.file('photos'),
  });
  expect([name, root]).toEqual(['test', folder.file('photos')]);
  expect(file).toEqual({ classes: ['cat', 'dog'], images: [['sub/e.jpg', ['dog', 'cat']]] });
});

it.each<[string, string, CsvOptions, string, string]>([
  ['an empty file', '', {}, 'data/annotation-format', 'own.csv is empty'],
  ['a header alone', 'file,labels\n', {}, 'data/empty-set', 'own.csv'],
  [
    'a column that is not there',
    'file,labels\na.jpg,x\n',
    { labelsColumn: 'tags' },
    'data/annotation-format',
    'no column "tags"',
  ],
  ['two columns of one name', 'file,dog,dog\na.jpg,1,1\n', {}, 'data/annotation-format', 'two columns "dog"'],
  ['a column without a name', 'file,dog,\na.jpg,1,1\n', {}, 'data/annotation-format', 'no name for column 3'],
  ['no column of labels', 'file\na.jpg\n', {}, 'data/annotation-format', 'no column of labels'],
  ['no column of paths', 'labels,split\nx,train\n', {}, 'data/annotation-format', 'no column of image paths'],
  [
    'a cell that is not 0 or 1',
    'file,dog\na.jpg,1\nb.jpg,yes\n',
    {},
    'data/annotation-format',
    'line 3: column "dog" has "yes"',
  ],
  ['a line that is too long', 'file,labels\na.jpg,dog,cat\n', {}, 'data/annotation-format', 'line 2'],
  [
    'a split that is no word',
    'file,labels,split\na.jpg,dog,../x\n',
    {},
    'data/annotation-format',
    'line 2: "../x"',
  ],
  [
    'an image twice',
    'file,labels\na.jpg,dog\n./a.jpg,cat\n',
    {},
    'data/duplicate-image',
    'line 2 and line 3',
  ],
  ['a path out of the folder', 'file,labels\n/a.jpg,dog\n', {}, 'data/path-escape', 'line 2'],
  ['an image that is missing', 'file,labels\nz.jpg,dog\n', {}, 'data/image-missing', '"z.jpg"'],
  ['a set without any label', 'file,labels\na.jpg,\n', {}, 'data/no-classes', 'classes'],
])('refuses %s', async (_, text, options, code, place) => {
  expect((await dataError(read(text, options), code)).message).toContain(place);
});

it('leaves out missing images on request', async () => {
  const [{ file, leftOut }] = await read('file,labels\nz.jpg,dog\na.jpg,cat\n', { skipMissing: true });
  expect(labelsByPath(file)).toEqual({ 'a.jpg': ['cat'] });
  expect([...leftOut]).toEqual([['images that are not on disk', 1]]);
});

it('needs a file that is there', async () => {
  await dataError(readCsv([folder.file('absent.csv')]), 'data/file-missing');
  await expect(readCsv([])).rejects.toThrow(UsageError);
});
