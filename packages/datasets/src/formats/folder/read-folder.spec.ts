import { spawnSync } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { RandomStream } from '@polytag/core';
import sharp from 'sharp';
import { DataFolder, dataError, labelsByPath } from '../folder.fixture.js';
import { readFolder, type FolderOptions } from './read-folder.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

const read = async (options?: FolderOptions) => {
  const notes: string[] = [];
  const splits = await readFolder(folder.path, { onNote: (note) => notes.push(note), ...options });
  return { splits, notes, labels: splits.map(({ file }) => labelsByPath(file)) };
};

/** A JPEG of clouds of colours. */
const photograph = (seed: number, size = 128, quality = 90) => {
  const random = new RandomStream(seed, 'photograph');
  const pixels = Buffer.from(Array.from({ length: 8 * 8 * 3 }, () => random.integer(256)));
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(size, size, { kernel: 'cubic' })
    .jpeg({ quality })
    .toBuffer();
};

it('gives a photograph the labels of the folders that it lies in, by content and by name', async () => {
  await folder.write({
    'dog/1.jpg': 'one',
    'person/other name.jpg': 'one',
    'person/2.JPEG': 'two',
    'sofa/3.png': 'three',
    'unused/notes.txt': 'a label without images',
    'outside.jpg': 'no folder',
  });
  const { splits, labels } = await read();
  expect(splits.map(({ name, file }) => [name, file.classes])).toEqual([
    ['all', ['dog', 'person', 'sofa', 'unused']],
  ]);
  expect(labels).toEqual([
    { 'dog/1.jpg': ['dog', 'person'], 'person/2.JPEG': ['person'], 'sofa/3.png': ['sofa'] },
  ]);
  expect([...splits[0].leftOut]).toEqual([
    ['copies of a listed photograph, which gets the labels of all its copies', 1],
    ['photographs outside the label folders', 1],
  ]);
});

it('takes files of one name for one photograph where they look alike, or where it is told so', async () => {
  const [large, small] = [await photograph(1), await photograph(1, 96, 60)];
  const write = async (path: string, bytes: Buffer) => {
    await folder.touch(path);
    await writeFile(folder.file(path), bytes);
  };
  await write('dog/1.jpg', large);
  await write('person/1.jpg', small);
  await write('dog/2.jpg', large);
  await write('person/2.jpg', await photograph(2));
  const { labels, notes } = await read();
  expect(labels).toEqual([
    // The two of dog are the same bytes, under two names.
    { 'dog/1.jpg': ['dog', 'person'], 'person/2.jpg': ['person'] },
  ]);
  expect(notes.join('\n')).toContain('"1.jpg"');
  await folder.write({ 'dog/2.jpg': 'another' });
  expect((await read()).labels[0]).toMatchObject({ 'dog/2.jpg': ['dog'], 'person/2.jpg': ['person'] });
  expect((await read({ sameName: 'one' })).labels[0]).toMatchObject({ 'dog/2.jpg': ['dog', 'person'] });
  expect((await read({ sameName: 'different' })).labels[0]).toMatchObject({ 'person/1.jpg': ['person'] });
});

it('compares all files of one name with each other', async () => {
  const images = { a: await photograph(2), b: await photograph(1), c: await photograph(1, 96, 60) };
  for (const [label, bytes] of Object.entries(images)) {
    await folder.touch(`${label}/1.jpg`);
    await writeFile(folder.file(`${label}/1.jpg`), bytes);
  }
  expect((await read()).labels).toEqual([{ 'a/1.jpg': ['a'], 'b/1.jpg': ['b', 'c'] }]);
});

it.each([
  [{}, ['animal', 'dog'], ['animal', 'cat', 'dog', 'empty']],
  [{ nested: 'path' }, ['animal/dog'], ['animal/dog', 'cat', 'cat/empty']],
  [{ nested: 'outer' }, ['animal'], ['animal', 'cat']],
  [{ nested: 'inner' }, ['dog'], ['cat', 'dog', 'empty']],
  [{ none: ['animal', 'empty'] }, ['dog'], ['cat', 'dog']],
] as const)('reads folders in folders: %j', async (options, of, classes) => {
  await folder.write({ 'animal/dog/1.jpg': '1', 'cat/2.jpg': '2', 'cat/empty/x': '' });
  const { splits, labels } = await read(options);
  expect(splits[0].file.classes).toEqual(classes);
  expect(labels[0]['animal/dog/1.jpg']).toEqual(of);
});

it('keeps photographs of a folder that is no label, as images without', async () => {
  await folder.write({ 'dog/1.jpg': '1', 'nothing/2.jpg': '2' });
  const { labels, splits } = await read({ none: ['nothing'] });
  expect([splits[0].file.classes, labels[0]]).toEqual([
    ['dog'],
    { 'dog/1.jpg': ['dog'], 'nothing/2.jpg': [] },
  ]);
});

it.each([
  [
    ['training', 'validation'],
    ['train', 'val'],
  ],
  [
    ['train', 'valid', 'TEST'],
    ['train', 'val', 'test'],
  ],
])('reads the top folders %j as splits', async (folders, names) => {
  for (const [i, top] of folders.entries())
    await folder.write({ [`${top}/dog/${i}.jpg`]: `${i}`, [`${top}/cat${i}/c${i}.jpg`]: `c${i}` });
  const { splits, notes } = await read();
  expect(splits.map(({ name }) => name)).toEqual(names);
  for (const { file } of splits) expect(file.classes).toEqual([...folders.map((_, i) => `cat${i}`), 'dog']);
  expect(notes.join()).toContain('are read as splits (as labels with --no-splits');
  const [all] = (await read({ splits: false })).splits;
  expect([all.name, all.file.classes]).toEqual(['all', expect.arrayContaining([...folders, 'dog'])]);
});

it('takes a folder called train beside others for a label', async () => {
  await folder.write({ 'train/1.jpg': '1', 'bus/2.jpg': '2' });
  expect((await read()).labels).toEqual([{ 'train/1.jpg': ['train'], 'bus/2.jpg': ['bus'] }]);
});

it('passes over what systems leave behind, links in circles and what is no file', async () => {
  await folder.write({
    'dog/1.jpg': '1',
    '.cache/x/2.jpg': '2',
    'dog/.hidden.jpg': 'h',
    '__MACOSX/dog/._1.jpg': 'm',
  });
  await symlink(folder.path, folder.file('dog', 'circle'));
  await symlink(folder.file('nowhere.jpg'), folder.file('dog', 'lost.jpg'));
  await symlink(folder.file('dog', '1.jpg'), folder.file('linked.jpg'));
  expect(spawnSync('mkfifo', [folder.file('dog', 'pipe.jpg')]).status).toBe(0);
  const { splits, labels } = await read();
  expect(labels).toEqual([{ 'dog/1.jpg': ['dog'] }]);
  expect(splits[0].leftOut.get('image names that are not files')).toBe(2);
});

it('refuses a folder without folders, none, and a file', async () => {
  await folder.write({ '1.jpg': '1', 'a.txt': 'x' });
  const error = await dataError(readFolder(folder.path), 'data/empty-set');
  expect(error.message).toContain('1 photograph and 1 other file');
  await dataError(readFolder(folder.file('absent')), 'data/folder-missing');
  await dataError(readFolder(folder.file('a.txt')), 'data/not-a-folder');
});

it('goes on where a folder or a name in it cannot be read, and names it', async () => {
  await folder.write({ 'dog/1.jpg': '1', 'locked/2.jpg': '2' });
  await writeFile(
    Buffer.concat([Buffer.from(folder.file('dog/caf')), Buffer.from([0xe9]), Buffer.from('.jpg')]),
    '3',
  );
  const faults: string[] = [];
  const isRoot = process.geteuid!() === 0;
  await chmod(folder.path, 0o755);
  await chmod(folder.file('locked'), 0);
  if (isRoot) process.seteuid!(65534);
  try {
    const { labels } = await read({ onFault: (fault) => faults.push(fault) });
    expect(labels).toEqual([{ 'dog/1.jpg': ['dog'] }]);
    expect(faults.sort()).toEqual([
      'the folder locked cannot be listed (EACCES)',
      expect.stringMatching(/^the name of dog\/caf.\.jpg is not UTF-8/),
    ]);
  } finally {
    if (isRoot) process.seteuid!(0);
    await chmod(folder.file('locked'), 0o755);
  }
});

it('takes no label of the folder that label files go to, and tells of empty ones', async () => {
  await folder.write({ 'dog/1.jpg': '1', 'out/train.json': '{}', 'empty/x.txt': '' });
  const { splits, notes } = await read({ out: folder.file('out') });
  expect(splits[0].file.classes).toEqual(['dog', 'empty']);
  expect(notes.join()).toContain('labels without images: "empty"');
});
