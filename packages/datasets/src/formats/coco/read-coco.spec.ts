import { writeFile } from 'node:fs/promises';
import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readCoco } from './read-coco.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

const CATEGORIES = [
  { supercategory: 'person', id: 1, name: 'person' },
  { supercategory: 'vehicle', id: 3, name: 'car' },
  { supercategory: 'sports', id: 90, name: 'baseball bat' },
];
const image = (id: number, file_name = `${id}.jpg`) => ({
  id,
  file_name,
  height: 480,
  width: 640,
  license: 3,
});
const annotation = (image_id: number, category_id: number, iscrowd = 0) => ({
  id: 1000 * image_id + category_id,
  image_id,
  category_id,
  iscrowd,
  area: 702.1,
  bbox: [1, 2, 3.5, 4],
  segmentation: iscrowd ? { counts: [272, 2, 4], size: [480, 640] } : [[510.66, 423.01, 511.72, 420.03]],
});
const coco = (content: object) => ({
  info: { year: 2014 },
  licenses: [],
  categories: CATEGORIES,
  ...content,
});

/** Writes one file and reads it. */
async function read(content: unknown, options: Partial<Parameters<typeof readCoco>[1]> = {}) {
  const path = folder.file('annotations', 'instances_train2014.json');
  await folder.write({ 'annotations/instances_train2014.json': content });
  return (await readCoco([path], { images: folder.path, ...options }))[0];
}

it('takes categories for unknown that an image neither has nor lists as absent, as in LVIS', async () => {
  await folder.touch('train2017/1.jpg', '2.jpg', '3.jpg', '4.jpg');
  const lvis = { id: 1, coco_url: 'http://images.cocodataset.org/train2017/1.jpg', neg_category_ids: [90] };
  const { file, leftOut } = await read(
    coco({
      images: [lvis, { ...image(2), neg_category_ids: [1, 3, 90] }, image(3), image(4)],
      annotations: [annotation(1, 3), annotation(3, 1)],
    }),
  );
  expect(file.images).toEqual([
    ['train2017/1.jpg', ['car'], { unknown: ['person'], absent: ['baseball bat'] }],
    ['2.jpg', [], { absent: ['person', 'car', 'baseball bat'] }],
    ['3.jpg', ['person']],
  ]);
  expect([...leftOut]).toEqual([['images without labels', 1]]);
  const strange = { ...image(1), neg_category_ids: [7] };
  const error = await dataError(read(coco({ images: [strange], annotations: [] })), 'data/unknown-label');
  expect(error.message).toContain('images[0] refers to category 7');
});

it('lists the category names of each image, one for each object, crowds too', async () => {
  await folder.touch('train2014/1.jpg', 'train2014/2.jpg');
  const { name, file, leftOut } = await read(
    coco({
      images: [image(2), image(1)],
      annotations: [annotation(1, 3), annotation(2, 90), annotation(1, 1, 1), annotation(1, 3)],
    }),
  );
  expect(name).toBe('train2014');
  expect(file).toEqual({
    classes: ['baseball bat', 'car', 'person'],
    images: [
      ['train2014/2.jpg', ['baseball bat']],
      ['train2014/1.jpg', ['car', 'person', 'car']],
    ],
  });
  expect(leftOut.size).toBe(0);
});

it('leaves out images without annotations and counts them, or keeps them', async () => {
  await folder.touch('1.jpg', '2.jpg', '3.jpg');
  const content = coco({ images: [image(1), image(2), image(3)], annotations: [annotation(2, 1)] });
  const { file, leftOut } = await read(content);
  expect(labelsByPath(file)).toEqual({ '2.jpg': ['person'] });
  expect([...leftOut]).toEqual([['images without labels', 2]]);
  const kept = await read(content, { keepUnlabelled: true });
  expect(labelsByPath(kept.file)).toEqual({ '1.jpg': [], '2.jpg': ['person'], '3.jpg': [] });
});

it('finds images in the usual folders, and does not need the images of those left out', async () => {
  await folder.touch('train2014/1.jpg', 'images/train2014/2.jpg', 'images/3.jpg', 'elsewhere/4.jpg');
  const { file } = await read(
    coco({
      images: [image(1), image(2), image(3), image(4, 'elsewhere/4.jpg'), image(5)],
      annotations: [1, 2, 3, 4].map((id) => annotation(id, 1)),
    }),
  );
  expect(Object.keys(labelsByPath(file))).toEqual([
    ...['train2014/1.jpg', 'images/train2014/2.jpg', 'images/3.jpg', 'elsewhere/4.jpg'],
  ]);
});

it('reads lists in any order, a byte order mark, line breaks and names in any script', async () => {
  await folder.touch('図/1.jpg');
  const content = {
    annotations: [annotation(1, 1)],
    categories: [{ id: 1, name: 'café "noir" \n' }],
    images: [image(1, '図/1.jpg')],
  };
  const { file } = await read(`\uFEFF${JSON.stringify(content, null, 2).replaceAll('\n', '\r\n')}\r\n`);
  expect(file).toEqual({ classes: ['café "noir"'], images: [['図/1.jpg', ['café "noir"']]] });
});

it.each<[string, unknown, unknown]>([
  ['text there, a number here', '7', 7],
  ['a number there, text here', 7, '7'],
  ['zeros there', '000007', 7],
  ['zeros here', 7, '000007'],
  ['a whole number with a point', 7, '7.0'],
  ['words', 'seven', 'seven'],
])('takes ids for the same: %s', async (_, there, here) => {
  await folder.touch('1.jpg');
  const { file } = await read({
    images: [{ id: there, file_name: '1.jpg' }],
    annotations: [{ image_id: here, category_id: here }],
    categories: [{ id: there, name: 'dog' }],
  });
  expect(labelsByPath(file)).toEqual({ '1.jpg': ['dog'] });
});

it('keeps ids apart that zeros alone tell apart', async () => {
  await folder.touch('1.jpg', '2.jpg');
  const content = (image_id: string) => ({
    images: [{ id: '07', file_name: '1.jpg' }, { id: '7', file_name: '2.jpg' }], // prettier-ignore
    annotations: [{ image_id, category_id: 1 }],
    categories: [{ id: 1, name: 'dog' }],
  });
  expect(labelsByPath((await read(content('07'))).file)).toEqual({ '1.jpg': ['dog'] });
  await dataError(read(content('007')), 'data/unknown-image');
});

it('keeps numbers apart that have more digits than a number can keep', async () => {
  await folder.touch('1.jpg', '2.jpg');
  const [one, other] = ['9007199254740993', '9007199254740992'];
  const { file } = await read(
    `{"images": [{"id": ${one}, "file_name": "1.jpg"}, {"id": ${other}, "file_name": "2.jpg"}],
      "annotations": [{"image_id": ${one}, "category_id": 1}, {"image_id": "${other}", "category_id": 2}],
      "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": 7}]}`,
  );
  expect(labelsByPath(file)).toEqual({ '1.jpg': ['cat'], '2.jpg': ['7'] });
});

it('takes the name of a category or of a file for its id, but no number', async () => {
  await folder.touch('1.jpg');
  const content = (category_id: unknown, image_id: unknown = '1.jpg') => ({
    images: [{ id: 1, file_name: '1.jpg', neg_category_ids: ['dog'] }],
    annotations: [{ image_id, category_id }],
    categories: [{ id: 1, name: 'cat' }, { id: 2, name: 'dog' }, { id: 3, name: '9' }], // prettier-ignore
  });
  const { file } = await read(content('cat'));
  expect(file.images).toEqual([['1.jpg', ['cat'], { unknown: ['9'], absent: ['dog'] }]]);
  await dataError(read(content(9)), 'data/unknown-label');
  await dataError(read(content('cat', '2.jpg')), 'data/unknown-image');
});

it('reads UTF-16 by its mark and other encodings by name, and refuses what is not in its encoding', async () => {
  await folder.touch('1.jpg');
  const path = folder.file('own.json');
  const text = JSON.stringify({
    images: [{ id: 1, file_name: '1.jpg' }],
    annotations: [{ image_id: 1, category_id: 1 }],
    categories: [{ id: 1, name: 'café' }],
  });
  const readOwn = (options: { encoding?: 'windows-1252' } = {}) =>
    readCoco([path], { images: folder.path, ...options });
  for (const bytes of [
    Buffer.from(`\uFEFF${text}`, 'utf16le'),
    Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  ]) {
    await writeFile(path, bytes);
    expect(labelsByPath((await readOwn())[0].file)).toEqual({ '1.jpg': ['café'] });
  }
  await writeFile(path, Buffer.from(text, 'latin1'));
  const error = await dataError(readOwn(), 'data/encoding');
  expect([error.message, error.hint]).toEqual([
    expect.stringContaining(`byte ${text.indexOf('é')} is 0xe9`),
    expect.stringContaining('--encoding windows-1252'),
  ]);
  expect((await readOwn({ encoding: 'windows-1252' }))[0].file.classes).toEqual(['café']);
});

it('reads characters that a piece of the file ends in', async () => {
  await folder.touch('1.jpg');
  const long = (letters: string) => ({
    images: [{ id: 1, file_name: '1.jpg', more: letters.repeat(2 ** 18) }],
    annotations: [{ image_id: 1, category_id: 1 }],
    categories: [{ id: 1, name: 'dog' }],
  });
  // Pieces of a mebibyte end in the middle of letters of three and four bytes.
  for (const letters of ['図', '1🐕', 'éa図'])
    expect(labelsByPath((await read(long(letters))).file)).toEqual({ '1.jpg': ['dog'] });
});

it('reads a file in pieces, telling how far it is', async () => {
  const ids = Array.from({ length: 9000 }, (_, i) => i + 1);
  await folder.touch(...ids.slice(0, 3).map((id) => `${id}.jpg`));
  const content = JSON.stringify(
    coco({ images: ids.map((id) => image(id)), annotations: ids.map((id) => annotation(id, 1)) }),
  );
  const seen: number[] = [];
  const { file, leftOut } = await read(content, {
    skipMissing: true,
    onProgress: (done, total) => {
      expect(total).toBe(content.length);
      seen.push(done);
    },
  });
  expect(file.images).toHaveLength(3);
  expect([...leftOut]).toEqual([['images that are not on disk', 8997]]);
  // Pieces of a mebibyte.
  expect(seen).toEqual([2 ** 20, content.length]);
});

it('reads several splits, which must have the same categories and no image in common', async () => {
  await folder.touch('train/1.jpg', 'val/2.jpg', 'both.jpg');
  const part = (id: number, name?: string, categories = CATEGORIES) => ({
    images: [image(id, name)],
    annotations: [annotation(id, 1)],
    categories,
  });
  await folder.write({ 'train.json': part(1), 'val.json': part(2) });
  const files = ['train.json', 'val.json'].map((name) => folder.file(name));
  const splits = await readCoco(files, { images: folder.path });
  expect(splits.map(({ name, file }) => [name, labelsByPath(file)])).toEqual([
    ['train', { 'train/1.jpg': ['person'] }],
    ['val', { 'val/2.jpg': ['person'] }],
  ]);
  await folder.write({ 'val.json': part(2, '2.jpg', CATEGORIES.slice(0, 2)) });
  const differ = await dataError(readCoco(files, { images: folder.path }), 'data/classes-differ');
  expect(differ.message).toContain('only in');
  expect(differ.message).toContain('"baseball bat"');
  await folder.write({ 'train.json': part(1, 'both.jpg'), 'val.json': part(2, 'both.jpg') });
  const twice = await dataError(readCoco(files, { images: folder.path }), 'data/image-in-two-splits');
  expect(twice.message).toContain('"both.jpg"');
});

describe('refuses', () => {
  beforeEach(() => folder.touch('1.jpg', '2.jpg'));
  const valid = { images: [image(1)], annotations: [annotation(1, 1)] };

  it.each([
    [
      'a category that is not listed',
      'data/unknown-label',
      { annotations: [annotation(1, 1), annotation(1, 2)] },
      'annotations[1]',
    ],
    [
      'an image that is not listed',
      'data/unknown-image',
      { annotations: [annotation(7, 1)] },
      'annotations[0]',
    ],
    ['two images with one id', 'data/duplicate-id', { images: [image(1), image(1, '2.jpg')] }, 'id 1'],
    [
      'two categories with one id',
      'data/duplicate-id',
      { categories: [...CATEGORIES, CATEGORIES[0]] },
      'id 1',
    ],
    [
      'two categories with one name',
      'data/duplicate-class',
      { categories: [...CATEGORIES, { id: 2, name: 'car' }] },
      '"car"',
    ],
    ['one image twice', 'data/duplicate-image', { images: [image(1), image(2, './1.jpg')] }, 'images[1]'],
    ['a path out of the folder', 'data/path-escape', { images: [image(1, '../1.jpg')] }, 'images[0]'],
    [
      'captions',
      'data/label-file-format',
      { annotations: [{ id: 4, image_id: 1, caption: 'a cat' }] },
      'annotations[0].category_id',
    ],
    ['a file without categories', 'data/label-file-format', { categories: undefined }, 'no categories'],
    ['an image without a file', 'data/label-file-format', { images: [{ id: 1 }] }, 'images[0].file_name'],
    [
      'an object in the place of a list',
      'data/label-file-format',
      { categories: { 1: { id: 1, name: 'car' } } },
      '"categories" is an object',
    ],
    ['an element that is no object', 'data/label-file-format', { categories: [7] }, 'categories[0]'],
    ['a file without labels', 'data/empty-set', { annotations: [] }, 'images without labels (1)'],
    ['a file without images', 'data/empty-set', { images: [], annotations: [] }, 'lists no images'],
    ['images that are missing', 'data/image-missing', { images: [image(1, 'gone.jpg')] }, 'train2014/'],
  ])('%s', async (_, code, content, place) => {
    const error = await dataError(read(coco({ ...valid, ...content })), code);
    expect(error.message).toContain('instances_train2014.json');
    expect(error.message).toContain(place);
  });

  it('what is not JSON, or breaks off', async () => {
    const text = JSON.stringify(coco(valid));
    for (const content of ['{"images": [,]}', text.slice(0, -1), text.slice(0, 200), `${text}x`, '"']) {
      const error = await dataError(read(content), 'data/not-json');
      expect(error.message).toContain('instances_train2014.json');
    }
    const broken = text.replace('"annotations":[', '"annotations":[,');
    expect((await dataError(read(broken), 'data/not-json')).message).toContain('after images[0]');
    const nan = await dataError(read(text.replace('702.1', 'NaN')), 'data/not-json');
    expect(nan.hint).toContain('NaN');
    expect((await dataError(read(''), 'data/label-file-format')).message).toContain('no categories');
  });

  it('what is not there', async () => {
    const options = { images: folder.path };
    await dataError(readCoco([folder.file('absent.json')], options), 'data/file-missing');
    await dataError(readCoco([folder.path], options), 'data/not-a-file');
  });
});
