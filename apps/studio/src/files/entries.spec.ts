import { commonFolder, isImage, opened } from './entries.ts';

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

it('opens 20,000 files at once, and no more', async () => {
  const files = Array.from({ length: 20_000 }, (_, i) => ({ path: `${i}.jpg`, blob }));
  expect(await opened(files)).toHaveLength(20_000);
  await expect(opened([...files, { path: 'one more.jpg', blob }])).rejects.toThrow('At most 20,000 files');
});

it('finds the folder that all photographs are in', () => {
  expect(commonFolder(['photos/a.jpg', 'photos/b/c.jpg'])).toBe('photos');
  expect(commonFolder(['photos/a.jpg', 'photos2/c.jpg'])).toBeUndefined();
  expect(commonFolder(['a.jpg'])).toBeUndefined();
  expect(commonFolder([])).toBeUndefined();
});
