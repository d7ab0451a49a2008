import { spawn, spawnSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@polytag/core';
import { writeFileAtomically } from './write-file-atomically.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-files-'))));
afterEach(() => rm(folder, { recursive: true }));

it('writes text, bytes and parts, over what was there', async () => {
  const path = join(folder, 'a');
  await writeFileAtomically(path, 'café');
  expect(await readFile(path, 'utf8')).toBe('café');
  await writeFileAtomically(path, Uint8Array.of(1, 2));
  expect([...(await readFile(path))]).toEqual([1, 2]);
  await writeFileAtomically(path, [Uint8Array.of(3), Uint8Array.of(), Uint8Array.of(4, 5)]);
  expect([...(await readFile(path))]).toEqual([3, 4, 5]);
  expect(await readdir(folder)).toEqual(['a']);
});

it('leaves the old file and nothing else when the new content does not come', async () => {
  const path = join(folder, 'a');
  await writeFile(path, 'old');
  function* chunks() {
    yield Uint8Array.of(1);
    throw new TypeError('no more');
  }
  await expect(writeFileAtomically(path, chunks())).rejects.toThrow(TypeError);
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['a']);
});

it('tells the refusals of the system as FileError and leaves nothing behind', async () => {
  await mkdir(join(folder, 'taken/inner'), { recursive: true });
  await expect(writeFileAtomically(join(folder, 'taken'), 'x')).rejects.toMatchObject({
    code: 'file/EISDIR',
  });
  await expect(writeFileAtomically(join(folder, 'gone/a'), 'x')).rejects.toBeInstanceOf(FileError);
  await expect(writeFileAtomically(join(folder, 'x'.repeat(300)), 'x')).rejects.toMatchObject({
    code: 'file/ENAMETOOLONG',
    exitCode: 7,
  });
  expect(await readdir(folder)).toEqual(['taken']);
});

it('writes a file whose name is as long as names may be', async () => {
  const name = 'é'.repeat(127);
  await writeFileAtomically(join(folder, name), 'x');
  expect(await readdir(folder)).toEqual([name]);
});

it('with `onlyNew` leaves what is there, a link that leads nowhere too', async () => {
  const path = join(folder, 'a');
  await writeFileAtomically(path, 'first', { onlyNew: true });
  await expect(writeFileAtomically(path, 'second', { onlyNew: true })).rejects.toMatchObject({
    code: 'file/EEXIST',
  });
  await symlink('nowhere', join(folder, 'link'));
  await expect(writeFileAtomically(join(folder, 'link'), 'x', { onlyNew: true })).rejects.toMatchObject({
    code: 'file/EEXIST',
  });
  expect(await readFile(path, 'utf8')).toBe('first');
  expect((await readdir(folder)).sort()).toEqual(['a', 'link']);
});

const onLinux = process.platform === 'linux' ? it : it.skip;
if (process.platform !== 'linux')
  process.stderr.write('Links and devices are tried on Linux alone: these tests are skipped.\n');

onLinux('keeps links and permissions', async () => {
  await mkdir(join(folder, 'far'));
  await writeFile(join(folder, 'far/a'), 'old');
  await chmod(join(folder, 'far/a'), 0o600);
  await symlink('far/a', join(folder, 'link'));
  await writeFileAtomically(join(folder, 'link'), 'new');
  expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, 'far/a'), 'utf8')).toBe('new');
  expect((await stat(join(folder, 'far/a'))).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).sort()).toEqual(['far', 'link']);
});

onLinux('writes to a device or a pipe as it is', async () => {
  await writeFileAtomically('/dev/null', 'x');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  await expect(writeFileAtomically('/dev/full', 'x')).rejects.toMatchObject({ code: 'file/ENOSPC' });

  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const reader = spawn('cat', [pipe]);
  let heard = '';
  reader.stdout.on('data', (chunk) => void (heard += chunk));
  const ended = new Promise((done) => reader.once('close', done));
  await writeFileAtomically(pipe, 'through');
  await ended;
  expect(heard).toBe('through');
});
