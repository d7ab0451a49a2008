import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPath } from './real-path.js';

it('follows links, also of folders above what does not exist yet', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'polytag-real-')));
  try {
    await mkdir(join(folder, 'a/b'), { recursive: true });
    await symlink(join(folder, 'a/b'), join(folder, 'link'));
    expect(await realPath(join(folder, 'link'))).toBe(join(folder, 'a/b'));
    expect(await realPath(join(folder, 'link/new/x.json'))).toBe(join(folder, 'a/b/new/x.json'));
    expect(await realPath(join(folder, 'none/x.json'))).toBe(join(folder, 'none/x.json'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
