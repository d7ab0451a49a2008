import { DataFolder } from '../formats/folder.fixture.js';
import { readGroups } from './read-groups.js';

let folder: DataFolder;
beforeAll(async () => void (folder = await DataFolder.make()));
afterAll(() => folder.remove());

const images = ['a/1.jpg', 'a/2.jpg', 'b/2.jpg', 'b/3.jpg'].map((name) => ({ name }));
async function groupsIn(name: string, text: string) {
  await folder.write({ [name]: text });
  return readGroups(folder.file(name), images);
}

it.each([
  ['plain.csv', 'image,group\na/1.jpg,x\nb/3.jpg,x\n'],
  ['columns.csv', 'series;taken;file\nx;2020;./a/1.jpg\nx;2021;b\\3.jpg\n;2022;a/2.jpg\n'],
  ['others.csv', 'photo,who\n1.jpg,x\n3.jpg,x\n'],
  ['object.json', '{"a/1.jpg": "x", "b/3.jpg": "x"}'],
  ['pairs.json', '[["a/1.jpg", "x"], ["3.jpg", "x"]]'],
])('reads %s', async (name, text) => {
  expect(await groupsIn(name, text)).toEqual({ groups: ['x', undefined, undefined, 'x'], others: [] });
});

it('reads names that every object has, as images and as groups', async () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const text = `{${names.map((name, i) => `"${name}": "${names[2 - i]}"`).join()}}`;
  await folder.write({ 'names.json': text });
  const { groups } = await readGroups(folder.file('names.json'), names.map((name) => ({ name }))); // prettier-ignore
  expect(groups).toEqual(names.toReversed());
});

it('takes numbers for groups, and tells of images that the data set does not have', async () => {
  expect(await groupsIn('numbers.json', '{"a/1.jpg": 7, "b/3.jpg": 7, "c/4.jpg": 7}')).toEqual({
    groups: ['7', undefined, undefined, '7'],
    others: ['c/4.jpg'],
  });
  // Two images have that file name.
  expect((await groupsIn('two.csv', 'image,group\nc/2.jpg,x\n1.jpg,x\n')).others).toEqual(['c/2.jpg']);
});

it.each([
  ['file name of another image', 'a/1.jpg,x\nc/1.jpg,y\n/home/me/b/3.jpg,x\nc/3.jpg,y\n'],
  ['end of a path', 'c/1.jpg,y\n1.jpg,x\n/home/me/b/3.jpg,x\n3.jpg,x\n'],
])('lets the row count whose path fits best: %s', async (_, rows) => {
  const { groups, others } = await groupsIn('best.csv', `image,group\n${rows}`);
  expect(groups).toEqual(['x', undefined, undefined, 'x']);
  expect(others).toEqual(rows.match(/c.*(?=,)/g));
});

it.each([
  ['ambiguous.csv', 'image,group\na/1.jpg,x\n2.jpg,x\n', 'data/image-ambiguous'],
  ['twice.csv', 'image,group\n1.jpg,x\n/home/a/1.jpg,y\n', 'data/duplicate-image'],
  ['strange.csv', 'image,group\nz.jpg,x\n', 'data/groups-of-others'],
  ['one.csv', 'image\na/1.jpg\n', 'data/label-file-format'],
  ['list.json', '["a/1.jpg"]', 'data/label-file-format'],
  ['broken.json', '{', 'data/not-json'],
])('refuses %s', async (name, text, code) => {
  await expect(groupsIn(name, text)).rejects.toMatchObject({ code });
});

it('names no option in a hint: a command has none for a file of groups', async () => {
  const error = await groupsIn('ragged.csv', 'image,group\na/1.jpg,x,y\n').catch((cause) => cause);
  expect(error).toMatchObject({
    code: 'data/label-file-format',
    hint: expect.stringContaining('Quote cells'),
  });
  expect(error.hint).not.toContain('--');
});
