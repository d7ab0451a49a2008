import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingFiles } from './missing-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-missing-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'images'));
  await writeFile(join(folder, 'images/1.jpg'), '');
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...names: string[]) => names.map((name) => join(folder, name));

it('names files that are not there, and those of folders that are not there', async () => {
  expect(await missingFiles(at('images/1.jpg', 'images/2.jpg', 'no/1.jpg', 'images/1.jpg/3.jpg'))).toEqual(
    new Set(at('images/2.jpg', 'no/1.jpg', 'images/1.jpg/3.jpg')),
  );
});

// To a superuser no folder is closed: the test becomes another user meanwhile. Windows has no such users.
(process.platform === 'win32' ? it.skip : it)(
  'does not take files for missing whose folder cannot be read: permission denied',
  async () => {
    const isRoot = process.geteuid!() === 0;
    await chmod(join(folder, 'images'), 0);
    if (isRoot) process.seteuid!(65534);
    try {
      await expect(missingFiles(at('images/1.jpg'))).rejects.toMatchObject({
        code: 'data/folder-unreadable',
        message: expect.stringContaining('cannot be listed (EACCES)'),
      });
    } finally {
      if (isRoot) process.seteuid!(0);
      await chmod(join(folder, 'images'), 0o755);
    }
  },
);
