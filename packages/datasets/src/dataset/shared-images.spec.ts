import { mkdir } from 'node:fs/promises';
import type { LabelledImage } from './labelled-dataset.js';
import { DataFolder } from '../formats/folder.fixture.js';
import { sharedImages } from './shared-images.js';

let folder: DataFolder;
beforeAll(async () => {
  folder = await DataFolder.make();
  const long = 'x'.repeat(3 * 2 ** 20);
  await folder.write({
    'a.jpg': 'one',
    'copy/a2.jpg': 'one',
    'b.jpg': 'two',
    'c.jpg': 'six',
    'long.jpg': long,
    'long-copy.jpg': long,
    'head.jpg': `y${long.slice(1)}`,
    'tail.jpg': `${long.slice(1)}y`,
    'empty.jpg': '',
    'empty2.jpg': '',
  });
  await mkdir(folder.file('folder.jpg'));
});
afterAll(() => folder.remove());

const images = (...names: string[]): LabelledImage[] =>
  names.map((name) => ({ name, path: folder.file(name), labels: [] }));
const shared = async (first: string[], second: string[]) =>
  (await sharedImages(images(...first), images(...second))).map((pair) => [
    pair.first.name,
    pair.second.name,
  ]);

it('finds files of the same bytes under other names, and of the same name', async () => {
  expect(
    await shared(['b.jpg', 'a.jpg', 'c.jpg'], ['copy/a2.jpg', 'c.jpg', 'folder.jpg', 'gone.jpg']),
  ).toEqual([
    ['a.jpg', 'copy/a2.jpg'],
    ['c.jpg', 'c.jpg'],
  ]);
  expect(await shared(['b.jpg'], ['x/../b.jpg'])).toEqual([['b.jpg', 'x/../b.jpg']]);
});

it('tells files of one size apart by any byte', async () => {
  expect(await shared(['long.jpg'], ['head.jpg', 'tail.jpg', 'long-copy.jpg'])).toEqual([
    ['long.jpg', 'long-copy.jpg'],
  ]);
  expect(await shared(['a.jpg', 'head.jpg'], ['b.jpg', 'tail.jpg'])).toEqual([]);
});

it('does not take files without content, or that are not there, for one', async () => {
  expect(await shared(['empty.jpg', 'gone.jpg', 'folder.jpg'], ['empty2.jpg', 'gone2.jpg'])).toEqual([]);
});
