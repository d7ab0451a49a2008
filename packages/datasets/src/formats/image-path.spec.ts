import { imagePath } from './image-path.js';

it.each([
  ['a.jpg', 'a.jpg'],
  ['./images//a.jpg', 'images/a.jpg'],
  ['actor\\0001_2124494179.jpg', 'actor/0001_2124494179.jpg'],
  ['a/../b.jpg', 'b.jpg'],
  ['..a.jpg', '..a.jpg'],
])('%p is %p', (given, expected) => {
  expect(imagePath(given, 'here')).toBe(expected);
});

it.each([
  '../a.jpg',
  'a/../../b.jpg',
  '..\\a.jpg',
  '/etc/passwd',
  'C:\\a.jpg',
  'c:a.jpg',
  '\\\\host\\a',
  '',
  '.',
  '..',
  'a/',
  'a\0b',
])('refuses %p, saying where it stands', (path) => {
  expect(() => imagePath(path, 'list.txt, line 3')).toThrow(
    expect.objectContaining({
      code: 'data/path-escape',
      message: expect.stringContaining('list.txt, line 3'),
    }),
  );
});

it.each([
  '/kaggle/input/a.jpg',
  'C:\\data\\a.jpg',
  '\\\\host\\a.jpg',
  '/data/upload/1/a.jpg',
  'https://host/a.jpg',
  'gs://bucket/a.jpg',
])('says of %p, which no other machine has, what to leave out', (path) => {
  expect(() => imagePath(path, 'here', '/data/set')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('Write the path relative to the image folder') }),
  );
});

it.each([
  ['/data/set/images/a.jpg', '/data/set', 'images/a.jpg'],
  ['/data/set/x/../a.jpg', '/data/set/', 'a.jpg'],
  ['file:///data/set/my%20a.jpg', '/data/set', 'my a.jpg'],
])('takes %p inside %p for %p', (path, root, expected) => {
  expect(imagePath(path, 'here', root)).toBe(expected);
});

it.each(['/data/set2/a.jpg', '/data/set/../a.jpg', '/data/set', '/a.jpg'])(
  'refuses %p outside the folder',
  (path) => {
    expect(() => imagePath(path, 'here', '/data/set')).toThrow(
      expect.objectContaining({ code: 'data/path-escape' }),
    );
  },
);

it.each([
  ['../photos/a.jpg', '/data/photos', '/data/lists/own.csv', 'a.jpg'],
  ['../../data/photos/x/a.jpg', '/data/photos', '/other/lists/own.csv', 'x/a.jpg'],
])('takes %p inside %p for what it leads to from %p', (path, root, source, expected) => {
  expect(imagePath(path, 'here', root, source)).toBe(expected);
});

it.each([
  ['out of the folder', '../b/a.jpg', '/data/photos', '/data/lists/own.csv'],
  ['in the folder, whose paths need not climb', '../a.jpg', '/data', '/data/lists/own.csv'],
])('refuses a path that climbs %s', (_, path, root, source) => {
  expect(() => imagePath(path, 'here', root, source)).toThrow(
    expect.objectContaining({ code: 'data/path-escape' }),
  );
});
