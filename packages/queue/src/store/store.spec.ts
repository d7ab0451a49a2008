import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { beginAttempt, publish } from './attempt.js';
import { Store } from './store.js';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-store-'));
  store = await Store.open(join(folder, 'store'));
});
afterEach(() => rm(folder, { recursive: true }));

const ID = `echo-${'0'.repeat(40)}`;

it('keeps its name wherever it is opened, and refuses a folder whose store.json says something else', async () => {
  expect((await Store.open(store.path)).id).toBe(store.id);
  await writeFile(join(store.path, 'store.json'), '{"polytag_store": 2}');
  await expect(Store.open(store.path)).rejects.toMatchObject({ code: 'queue/store', exitCode: 3 });
});

it('finds files within it by a link to it, and by links within it, but not by a link out of it', async () => {
  await mkdir(join(store.path, 'data/deep'), { recursive: true });
  await mkdir(join(folder, 'outside'));
  await writeFile(join(store.path, 'data/a.jpg'), '');
  await symlink('store', join(folder, 'link'));
  await symlink('data', join(store.path, 'same'));
  await symlink(join(folder, 'outside'), join(store.path, 'out'));
  const linked = await Store.open(join(folder, 'link'));
  const at = (...names: string[]) => [store.path, join(folder, 'link')].map((root) => join(root, ...names));
  await linked.assertWithin([
    ...at('data', 'a.jpg'),
    ...at('same', 'a.jpg'),
    ...at('b.jpg'),
    ...at('no', 'b.jpg'),
  ]);
  for (const path of [...at('out', 'a.jpg'), ...at('out', 'deep', 'a.jpg'), ...at('..', 'a.jpg')])
    await expect(linked.assertWithin([path])).rejects.toMatchObject({ code: 'queue/outside-store' });
});

it('names what is within it, and nothing else, also by links', async () => {
  await mkdir(join(store.path, 'data'));
  await writeFile(join(folder, 'outside.txt'), '');
  await symlink(folder, join(store.path, 'data/up'));
  await symlink(join(folder, 'made later'), join(store.path, 'data/later'));
  await symlink('loop', join(store.path, 'data/loop'));
  expect(await store.nameOf(join(store.path, 'data'))).toBe('data');
  await expect(store.nameOf(join(folder, 'outside.txt'))).rejects.toMatchObject({
    code: 'queue/outside-store',
  });
  await expect(store.nameOf(join(store.path, 'data/up/outside.txt'))).rejects.toMatchObject({
    code: 'queue/outside-store',
  });
  for (const name of [
    '../outside.txt',
    '/etc/passwd',
    'data/../../outside.txt',
    'data/up/outside.txt',
    // What is not there yet would be made elsewhere.
    'data/up/new/file',
    'data/later',
    'data/later/file',
    'data/loop',
    '',
  ])
    await expect(store.pathOf(name)).rejects.toMatchObject({ code: 'queue/outside-store', exitCode: 2 });
  expect(await store.pathOf('data/new/file')).toBe(join(store.path, 'data/new/file'));
});

// Windows has no file names with these signs.
(sep === '/' ? it : it.skip)('takes names that the system takes', async () => {
  for (const name of ['back\\slash', ' spaced ', 'two\nlines', 'Umläute', '"quoted"', '..dots..'])
    expect(await store.pathOf(await store.nameOf(join(store.path, name)))).toBe(join(store.path, name));
});

it('tells files and folders by what is in them', async () => {
  const model = join(folder, 'model');
  await mkdir(join(model, 'deep'), { recursive: true });
  await writeFile(join(model, 'a'), 'one');
  await writeFile(join(model, 'deep/b'), 'two');
  const stored = await store.putFolder(model);
  expect(await store.putFolder(model)).toEqual(stored);
  const path = await store.checkedFolder(stored);
  expect(await readFile(join(path, 'deep/b'), 'utf8')).toBe('two');
  await writeFile(join(path, 'a'), 'other');
  await expect(store.checkedFolder(stored)).rejects.toMatchObject({
    code: 'queue/other-content',
    exitCode: 3,
  });
});

it('copies what links in a folder lead to, and takes no folder with a link out of the store', async () => {
  const [blobs, model] = [join(folder, 'blobs'), join(folder, 'model')];
  for (const one of [blobs, model]) await mkdir(one);
  await writeFile(join(blobs, '1f2e'), 'weights');
  await symlink('../blobs/1f2e', join(model, 'model.safetensors'));
  const stored = await store.putFolder(model);
  const path = await store.checkedFolder(stored);
  expect(await readFile(join(path, 'model.safetensors'), 'utf8')).toBe('weights');
  await writeFile(join(blobs, '1f2e'), 'others');
  expect((await store.putFolder(model)).sha256).not.toBe(stored.sha256);

  await symlink(blobs, join(path, 'more'));
  await expect(store.checkedFolder(stored)).rejects.toMatchObject({ code: 'queue/outside-store' });
});

it('takes out what was put in under one name; the same content under another stays', async () => {
  const [one, two] = [await store.putContent('same', 'one'), await store.putContent('same', 'two')];
  await store.removeContent(one);
  await store.removeContent(one);
  expect(await readFile(await store.checked(two), 'utf8')).toBe('same');
  await store.removeContent(two);
  expect(await readdir(join(store.path, 'files'))).toEqual([]);
});

it('publishes a result once: an attempt that was replaced, and one that is late, change nothing', async () => {
  const first = await beginAttempt(store, ID);
  await writeFile(join(first.folder, 'half'), 'of the first');
  const second = await beginAttempt(store, ID);
  // What the first has done is the second's; the first has no folder any more.
  expect(await readFile(join(second.folder, 'half'), 'utf8')).toBe('of the first');
  expect(existsSync(first.folder)).toBe(false);
  await expect(publish(store, first)).rejects.toMatchObject({ code: 'queue/fenced' });
  // A process that does not know that it was replaced may make the folder again.
  await mkdir(first.folder);
  await writeFile(join(first.folder, 'half'), 'late');
  await expect(publish(store, first)).rejects.toMatchObject({ code: 'queue/fenced' });
  expect(store.isPublished(ID)).toBe(false);

  await publish(store, second);
  expect((await readdir(store.jobFolder(ID))).sort()).toEqual(['result']);
  const third = await beginAttempt(store, ID);
  await writeFile(join(third.folder, 'half'), 'of the third');
  await publish(store, third);
  expect(await readFile(join(store.resultFolder(ID), 'half'), 'utf8')).toBe('of the first');
  expect(await readdir(store.jobFolder(ID))).toEqual(['result']);
});
