import { DataFolder, dataError } from './folder.fixture.js';
import { locateImages } from './locate-images.js';

it('takes each image from the first folder that has it', async () => {
  const folder = await DataFolder.make();
  await folder.touch('one/a.jpg', 'two/a.jpg', 'two/b.jpg', 'two/sub/c.jpg', 'd.jpg');
  const found = await locateImages(
    folder.path,
    ['a.jpg', 'b.jpg', 'sub/c.jpg', 'd.jpg', 'e.jpg'],
    ['one', 'two', 'absent', ''],
  );
  expect(Object.fromEntries(found)).toEqual({
    'a.jpg': 'one/a.jpg',
    'b.jpg': 'two/b.jpg',
    'sub/c.jpg': 'two/sub/c.jpg',
    'd.jpg': 'd.jpg',
  });
  await folder.remove();
});

it.each<[string, string, string]>([
  ['a name without its ending', 'one', 'one.jpg'],
  ['an ending in other case', 'IMG_2.jpg', 'IMG_2.JPG'],
  ['a name without its ending, which has dots', 'img.2020.05', 'img.2020.05.PNG'],
  ['a letter that is composed otherwise', 'caf\u00e9.png', 'cafe\u0301.png'],
  ['the other ending of JPEG', 'one.jpeg', 'one.jpg'],
  ['percent signs', 'my%20photo%231.jpg', 'my photo#1.jpg'],
])('finds a file by %s', async (_, name, file) => {
  const folder = await DataFolder.make();
  await folder.touch(`sub/${file}`, 'sub/other.jpg', 'sub/one.txt');
  const found = await locateImages(folder.path, [`sub/${name}`, 'sub/absent', 'sub/on'], ['']);
  expect([...found]).toEqual([[`sub/${name}`, `sub/${file}`]]);
  await folder.remove();
});

it('takes one file with another ending where the names have one that was made up', async () => {
  const folder = await DataFolder.make();
  await folder.touch('a.png', 'b.webp', 'b.png', 'img.2.png');
  expect([...(await locateImages(folder.path, ['a.jpg'], ['']))]).toEqual([]);
  const found = await locateImages(folder.path, ['a.jpg', 'img.2.jpg', 'c.jpg'], [''], { anyEnding: true });
  expect(Object.fromEntries(found)).toEqual({ 'a.jpg': 'a.png', 'img.2.jpg': 'img.2.png' });
  await dataError(locateImages(folder.path, ['b.jpg'], [''], { anyEnding: true }), 'data/image-ambiguous');
  await folder.remove();
});

it('takes a file of the very name before any other, and does not choose among others', async () => {
  const folder = await DataFolder.make();
  await folder.touch('a.jpg', 'a.JPG', 'b.jpg', 'b.png', 'c', 'c.jpg');
  expect([...(await locateImages(folder.path, ['a.jpg', 'c'], ['']))]).toEqual([
    ['a.jpg', 'a.jpg'],
    ['c', 'c'],
  ]);
  const error = await dataError(locateImages(folder.path, ['b'], ['']), 'data/image-ambiguous');
  expect(error.message).toContain('"b.jpg", "b.png"');
  expect(error.hint).toContain('--extension');
  await folder.remove();
});
