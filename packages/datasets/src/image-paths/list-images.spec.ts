import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { listImages } from './list-images.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-list-'));
  await Promise.all(
    ['b/deep', 'b/.hidden', 'empty', 'c[1]'].map((name) => mkdir(join(folder, name), { recursive: true })),
  );
  const files = [
    'a.jpg',
    'B.JPEG',
    'b/2.png',
    'b/10.webp',
    'b/deep/x.jpg',
    'b/.hidden/no.jpg',
    'b/._2.png',
    'b/notes.txt',
  ];
  for (const name of [...files, 'c[1]/y.jpg', 'd[1].jpg']) await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true }));

/** Names that some paths of the folder stand for; the codes of errors in their places. */
async function listed(...paths: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, error } of listImages(paths.map((path) => join(folder, path))))
    found.push(error ? error.code : relative(folder, path));
  return found;
}

it('takes files in the order given, folders with all images in them by name, and leaves out what is hidden or no image', async () => {
  expect(await listed('d[1].jpg', 'b', 'gone.jpg', 'b/notes.txt', 'd[1].jpg')).toEqual([
    'd[1].jpg',
    'b/10.webp',
    'b/2.png',
    'b/deep/x.jpg',
    'gone.jpg',
    'b/notes.txt',
    'd[1].jpg',
  ]);
});

it.each([
  ['*.jpg', ['a.jpg', 'd[1].jpg']],
  ['?.{jpg,png}', ['a.jpg']],
  ['b/*.{png,webp}', ['b/2.png', 'b/10.webp']],
  ['**/*.jpg', ['a.jpg', 'd[1].jpg', 'b/deep/x.jpg', 'c[1]/y.jpg']],
  ['b/**', ['b/10.webp', 'b/2.png', 'b/deep/x.jpg']],
  ['[!a-c]*', ['B.JPEG', 'd[1].jpg', 'data/no-images']],
  ['*/deep', ['b/deep/x.jpg']],
  ['b/.hidden/*', ['b/.hidden/no.jpg']],
  ['b/.*.png', ['b/._2.png']],
  ['a.jp[g', ['data/no-match']],
])('expands the pattern %s', async (pattern, expected) => {
  expect(await listed(pattern)).toEqual(expected);
});

it('takes a name that looks like a pattern as it is where there is such a file or folder', async () => {
  expect(await listed('d[1].jpg', 'c[1]')).toEqual(['d[1].jpg', 'c[1]/y.jpg']);
});

it('says of an empty folder and of a pattern that nothing matches that there are no images', async () => {
  expect(await listed('empty', 'a.jpg', '*.gif')).toEqual(['data/no-images', 'a.jpg', 'data/no-match']);
});

const onLinux = process.platform === 'linux' ? it : it.skip;
onLinux('takes links to files, and does not follow those to folders', async () => {
  await mkdir(join(folder, 'links'));
  await symlink('../a.jpg', join(folder, 'links/a.jpg'));
  await symlink('..', join(folder, 'links/up'));
  expect(await listed('links')).toEqual(['links/a.jpg']);
});
