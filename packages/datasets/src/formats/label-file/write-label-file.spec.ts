import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { DataFolder } from '../folder.fixture.js';
import { parseLabelFile } from './parse-label-file.js';
import { readLabelFile } from './read-label-file.js';
import { writeLabelFile } from './write-label-file.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

it('writes what is read again, whatever the names', async () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' });
  const image = fc.stringMatching(/^[\w "',é]{1,9}\.jpg$/);
  const files = fc
    .record({ classes: fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), paths: fc.uniqueArray(image) })
    .chain(({ classes, paths }) => {
      const labels = fc.array(fc.constantFrom(...classes), { maxLength: 4 });
      return fc.record({
        classes: fc.constant(classes),
        images: fc.tuple(...paths.map((path) => fc.tuple(fc.constant(path), labels))),
      });
    });
  const path = folder.file('train.json');
  await fc.assert(
    fc.asyncProperty(files, async (file) => {
      await writeLabelFile(path, file);
      expect(parseLabelFile(await readFile(path, 'utf8'), path)).toEqual(file);
    }),
    { numRuns: 30 },
  );
});

it('makes paths relative to the file, wherever the images are', async () => {
  await folder.touch('archive/images/a.jpg', 'out/b.jpg');
  const file = { classes: [3, 4], images: [['images/a.jpg', [4]] as const] };
  const path = folder.file('out/labels/train.json');
  await writeLabelFile(path, file, { root: folder.file('archive') });
  expect(parseLabelFile(await readFile(path, 'utf8'), path).images).toEqual([
    ['../../archive/images/a.jpg', [4]],
  ]);
  const dataset = await readLabelFile(path);
  expect(dataset.images).toEqual([
    { name: '../../archive/images/a.jpg', path: folder.file('archive/images/a.jpg'), labels: [1] },
  ]);
});

it('leaves nothing behind when it cannot write', async () => {
  await mkdir(folder.file('train.json'));
  const write = writeLabelFile(folder.file('train.json'), { classes: ['a'], images: [] });
  await expect(write).rejects.toThrow();
  expect(await readdir(folder.path)).toEqual(['train.json']);
});

it('replaces a file', async () => {
  const path = join(folder.path, 'train.json');
  for (const label of ['a', 'b']) await writeLabelFile(path, { classes: [label], images: [] });
  expect(parseLabelFile(await readFile(path, 'utf8'), path)).toEqual({ classes: ['b'], images: [] });
  expect(await readdir(folder.path)).toEqual(['train.json']);
});
