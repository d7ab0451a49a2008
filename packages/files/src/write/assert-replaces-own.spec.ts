import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertReplacesOwn } from './assert-replaces-own.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-own-'))));
afterAll(() => rm(folder, { recursive: true }));

const check = (name: string) =>
  assertReplacesOwn(join(folder, name), { what: 'a list', isOwn: (head) => head.startsWith('list') });

it('lets pass what is not there, empty, no file, or of the same kind', async () => {
  await writeFile(join(folder, 'empty'), '');
  await writeFile(join(folder, 'own'), `list\n${'x'.repeat(1e6)}`);
  expect(spawnSync('mkfifo', [join(folder, 'pipe')]).status).toBe(0);
  for (const name of ['none', 'none/none', 'empty', 'own', 'pipe', '.']) await check(name);
});

it('refuses a file of another kind, and says how to go on', async () => {
  await writeFile(join(folder, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0xff]));
  await expect(check('photo.jpg')).rejects.toMatchObject({
    code: 'usage/foreign-file',
    exitCode: 2,
    message: `--out ${join(folder, 'photo.jpg')} already exists and is not a list.`,
    hint: 'Choose another file with --out, or remove this one first.',
  });
});
