import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@polytag/core';
import { readLabelFile, type ReadLabelFileOptions } from './read-label-file.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-annotations-'));
  await mkdir(join(folder, 'images'));
  for (const name of ['a.jpg', 'b.jpg']) await writeFile(join(folder, 'images', name), '');
});
afterEach(() => rm(folder, { recursive: true }));

async function read(content: unknown, options?: ReadLabelFileOptions) {
  const path = join(folder, 'train.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readLabelFile(path, options);
}

/** The error of reading, which must be a DataError with this code. */
async function errorOf(content: unknown, code: string, options?: ReadLabelFileOptions): Promise<DataError> {
  const error: unknown = await read(content, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).code).toBe(code);
  return error as DataError;
}

const oneImage = { classes: ['cat', 'dog'], images: [['images/a.jpg', ['dog']]] };

describe('readLabelFile', () => {
  it('gives label indices in sorted order, whatever the order of the file', async () => {
    const dataset = await read({
      classes: ['dog', 'cat', 'Ant'],
      images: [['images/a.jpg', ['dog', 'Ant']]],
    });
    expect(dataset.labels.names).toEqual(['Ant', 'cat', 'dog']);
    expect(dataset.images).toEqual([
      { name: 'images/a.jpg', path: join(folder, 'images/a.jpg'), labels: [2, 0] },
    ]);
  });

  it('sorts integer classes by value', async () => {
    const dataset = await read({ classes: [10, 9, 100], images: [['images/a.jpg', [100, 9]]] });
    expect(dataset.labels.names).toEqual(['9', '10', '100']);
    expect(dataset.images[0].labels).toEqual([2, 0]);
  });

  it('keeps repeated labels and images without labels', async () => {
    const dataset = await read({
      classes: ['cat', 'dog'],
      images: [
        ['images/a.jpg', ['dog', 'dog', 'cat']],
        ['images/b.jpg', []],
      ],
    });
    expect(dataset.images.map((image) => image.labels)).toEqual([[1, 1, 0], []]);
  });

  it('leaves out unknown labels and counts them', async () => {
    const dataset = await read({
      classes: ['cat'],
      images: [['images/a.jpg', ['cat', 'cow', 'cow', 'hen']]],
    });
    expect(dataset.images[0].labels).toEqual([0]);
    expect([...dataset.unknownLabels]).toEqual([
      ['cow', 2],
      ['hen', 1],
    ]);
  });

  it('refuses unknown labels when asked, naming image and label', async () => {
    const content = { classes: ['cat'], images: [['images/a.jpg', ['cat']], ['images/b.jpg', ['cow']]] }; // prettier-ignore
    const error = await errorOf(content, 'data/unknown-label', { unknownLabels: 'error' });
    expect(error.message).toContain('"images/b.jpg"');
    expect(error.message).toContain('"cow"');
  });

  it('looks for images under another root', async () => {
    const dataset = await read({ ...oneImage, images: [['a.jpg', []]] }, { root: join(folder, 'images') });
    expect(dataset.images[0].path).toBe(join(folder, 'images', 'a.jpg'));
  });

  it('reads a file that begins with a byte order mark', async () => {
    expect((await read(`\uFEFF${JSON.stringify(oneImage)}`)).images).toHaveLength(1);
  });

  it('names the first few missing images and how many there are', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `images/gone-${i}.jpg`);
    const error = await errorOf(
      { ...oneImage, images: names.map((name) => [name, []]) },
      'data/image-missing',
    );
    expect(error.message).toContain('8 of the 8 images');
    expect(error.message).toContain('"images/gone-0.jpg"');
    expect(error.message).toContain('and 3 more');
    await errorOf({ ...oneImage, images: [['absent/a.jpg', []]] }, 'data/image-missing');
  });

  it('refuses an empty set', async () => {
    await errorOf({ classes: ['cat'], images: [] }, 'data/empty-set');
    await errorOf({ classes: [], images: [['images/a.jpg', []]] }, 'data/no-classes');
  });

  it('says where the file is not as expected', async () => {
    const wrongLabels = { classes: ['cat'], images: [['images/a.jpg', []], ['images/b.jpg', 'cat']] }; // prettier-ignore
    expect((await errorOf(wrongLabels, 'data/label-file-format')).message).toContain('images[1][1]');
    expect((await errorOf({ images: [] }, 'data/label-file-format')).message).toContain('classes');
    expect(
      (await errorOf({ ...oneImage, classes: ['cat', null] }, 'data/label-file-format')).message,
    ).toContain('classes[1]');
    expect((await errorOf([], 'data/label-file-format')).message).toContain('the file');
  });

  it('says where the file is not JSON', async () => {
    expect((await errorOf('{\n  "classes" []\n}', 'data/not-json')).message).toContain('line 2, column 13');
    expect((await errorOf('{"classes": [,]}', 'data/not-json')).message).toContain('train.json');
    await errorOf('', 'data/not-json');
  });

  it('reads labels that are unknown', async () => {
    const images = [['images/a.jpg', ['cat'], { unknown: ['dog', 'dog'] }], ['images/b.jpg', [], {}]]; // prettier-ignore
    const dataset = await read({ classes: ['dog', 'cat'], images });
    expect(dataset.images.map(({ labels, unknown }) => [labels, unknown])).toEqual([
      [[0], [1]],
      [[], undefined],
    ]);
    const both = { classes: ['cat'], images: [['images/a.jpg', ['cat'], { unknown: ['cat'] }]] };
    expect((await errorOf(both, 'data/label-file-format')).message).toContain('images[0]: the label "cat"');
    const strange = { classes: ['cat'], images: [['images/a.jpg', [], { unknown: ['cow'] }]] };
    expect((await errorOf(strange, 'data/unknown-label', { unknownLabels: 'error' })).message).toContain(
      '"cow"',
    );
    const misspelt = { classes: ['cat'], images: [['images/a.jpg', [], { unkown: ['cat'] }]] };
    expect((await errorOf(misspelt, 'data/label-file-format')).message).toContain('unkown');
  });

  it.each([
    'images/a.jpg',
    './images/a.jpg',
    'images/x/../a.jpg',
    'images//a.jpg',
    'images\\a.jpg',
    'images/A.JPG',
    'images/a',
  ])('refuses an image twice, the second time as %s', async (again) => {
    const error = await errorOf(
      {
        classes: ['cat', 'dog'],
        images: [
          ['images/a.jpg', ['cat']],
          [again, ['dog']],
        ],
      },
      'data/duplicate-image',
    );
    expect(error.message).toContain(`"${again}" twice, at images[0]`);
  });

  it('takes a path of Windows, one with percent signs, and an absolute one', async () => {
    await writeFile(join(folder, 'images', 'my photo.jpg'), '');
    const names = ['.\\images\\a.jpg', 'images/my%20photo.jpg', join(folder, 'images/b.jpg')];
    const { images } = await read({ classes: ['cat'], images: names.map((name) => [name, []]) });
    expect(images.map(({ path }) => path)).toEqual(
      ['a.jpg', 'my photo.jpg', 'b.jpg'].map((name) => join(folder, 'images', name)),
    );
  });

  it('says which class a label looks like', async () => {
    const content = { classes: ['caf\u00e9'], images: [['images/a.jpg', ['cafe\u0301']]] };
    const { hint } = await errorOf(content, 'data/unknown-label', { unknownLabels: 'error' });
    expect(hint).toContain('The known label is "caf\\u00E9", but this one is "cafe\\u0301"');
  });

  it('leads on from what is no label file', async () => {
    const refused = async (name: string, content: string) => {
      await writeFile(join(folder, name), content);
      return readLabelFile(join(folder, name)).catch((error: unknown) => error as DataError);
    };
    for (const [name, content] of [
      ['tags.csv', 'file,labels\na.jpg,cat\n'],
      ['tags.txt', 'file;labels\na.jpg;cat\n'],
      ['odd.csv', 'caf\u00e9'],
    ])
      expect(await refused(name, content)).toMatchObject({
        code: 'data/not-json',
        message: expect.stringContaining('is a table, not a label file'),
        hint: expect.stringContaining(`polytag-train prepare csv --from ${folder} --file ${name}`),
      });
    expect(await refused('tags.xlsx', 'PK\u0003\u0004\0')).toMatchObject({
      message: expect.stringContaining('is a spreadsheet'),
      hint: expect.stringContaining('--file tags.csv'),
    });
    const coco = JSON.stringify({ images: [], annotations: [], categories: [] });
    expect(await refused('instances.json', coco)).toMatchObject({
      code: 'data/label-file-format',
      hint: expect.stringContaining(`prepare coco --from ${folder} --train instances.json`),
    });
    const inFolder = readLabelFile(folder).catch((error: unknown) => error as DataError);
    expect(await inFolder).toMatchObject({
      message: expect.stringContaining('is a folder, not a label file'),
      hint: expect.stringContaining('instances.json'),
    });
    const photos = readLabelFile(join(folder, 'images')).catch((error: unknown) => error as DataError);
    expect(((await photos) as DataError).hint).toContain('It has 2 images.');
  });

  it('says that the label file is missing', async () => {
    await expect(readLabelFile(join(folder, 'absent.json'))).rejects.toMatchObject({
      code: 'data/file-missing',
    });
  });
});
