import { commonFolder, isImage } from './entries.ts';

const blob = new Blob();

it.each([
  ['photo.JPG', true],
  ['a/b/photo.webp', true],
  ['photo.gif', false],
  ['photo.jpg.txt', false],
  ['.hidden.jpg', false],
  ['.cache/photo.jpg', false],
  ['__MACOSX/._photo.jpg', false],
])('%s is a photograph: %s', (path, expected) => {
  expect(isImage({ path, blob })).toBe(expected);
});

it('finds the folder that all photographs are in', () => {
  expect(commonFolder(['photos/a.jpg', 'photos/b/c.jpg'])).toBe('photos');
  expect(commonFolder(['photos/a.jpg', 'photos2/c.jpg'])).toBeUndefined();
  expect(commonFolder(['a.jpg'])).toBeUndefined();
  expect(commonFolder([])).toBeUndefined();
});
