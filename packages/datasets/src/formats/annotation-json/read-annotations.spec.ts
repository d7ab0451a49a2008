import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@polytag/core';
import { readAnnotations, type ReadAnnotationsOptions } from './read-annotations.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-annotations-'));
  await mkdir(join(folder, 'images'));
  for (const name of ['a.jpg', 'b.jpg']) await writeFile(join(folder, 'images', name), '');
});
afterEach(() => rm(folder, { recursive: true }));

async function read(content: unknown, options?: ReadAnnotationsOptions) {
  const path = join(folder, 'train.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readAnnotations(path, options);
}

/** The error of reading, which must be a DataError with this code. */
async function errorOf(content: unknown, code: string, options?: ReadAnnotationsOptions): Promise<DataError> {
  const error: unknown = await read(content, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).code).toBe(code);
  return error as DataError;
}

const oneImage = { classes: ['cat', 'dog'], images: [['images/a.jpg', ['dog']]] };

describe('readAnnotations', () => {
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
    expect((await errorOf(wrongLabels, 'data/annotation-format')).message).toContain('images[1][1]');
    expect((await errorOf({ images: [] }, 'data/annotation-format')).message).toContain('classes');
    expect(
      (await errorOf({ ...oneImage, classes: ['cat', null] }, 'data/annotation-format')).message,
    ).toContain('classes[1]');
    expect((await errorOf([], 'data/annotation-format')).message).toContain('the file');
  });

  it('says where the file is not JSON', async () => {
    expect((await errorOf('{\n  "classes" []\n}', 'data/not-json')).message).toContain('line 2, column 13');
    expect((await errorOf('{"classes": [,]}', 'data/not-json')).message).toContain('train.json');
    await errorOf('', 'data/not-json');
  });

  it('says that the annotation file is missing', async () => {
    await expect(readAnnotations(join(folder, 'absent.json'))).rejects.toMatchObject({
      code: 'data/file-missing',
    });
  });
});
