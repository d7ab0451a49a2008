import { mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CheckpointError, FileError } from '@polytag/core';
import { fileErrorFrom } from './file-error-from.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-files-'));
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'full/inner'), { recursive: true });
  await symlink('loop', join(folder, 'loop'));
});
afterAll(() => rm(folder, { recursive: true }));

const thrown = async (action: () => Promise<unknown>): Promise<unknown> => {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

it.each<[string, () => Promise<unknown>]>([
  ['ENOTDIR', () => mkdir(join(folder, 'file/run'))],
  ['EEXIST', () => mkdir(join(folder, 'file'))],
  ['EISDIR', () => writeFile(folder, '')],
  ['ENOENT', () => writeFile(join(folder, 'gone/file'), '')],
  ['ELOOP', () => writeFile(join(folder, 'loop'), '')],
  ['ENAMETOOLONG', () => writeFile(join(folder, 'x'.repeat(300)), '')],
  ['ENOTEMPTY', () => rename(join(folder, 'full/inner'), join(folder, 'full'))],
])('knows %s of the system', async (code, action) => {
  const error = await thrown(action);
  const told = fileErrorFrom(error);
  expect(told).toMatchObject({ code: `file/${code}`, exitCode: 7, cause: error });
  expect(told!.hint).toBeTruthy();
});

it('says of a folder that cannot be made which of the two stands there', async () => {
  const hint = 'Part of the path is a file, but a folder is expected: choose another path.';
  const made = await thrown(() => mkdir(join(folder, 'file'), { recursive: true }));
  expect(fileErrorFrom(made)).toMatchObject({ code: 'file/EEXIST', hint });
  const opened = await thrown(() => open(join(folder, 'file'), 'wx'));
  expect(fileErrorFrom(opened)).toMatchObject({
    code: 'file/EEXIST',
    hint: 'A file or folder of that name already exists: move it away, or choose another path.',
  });
});

it('knows the fault of a file that was opened before', async () => {
  const full = await open('/dev/full', 'w').catch(() => undefined);
  if (!full) return; // Linux alone has it.
  const error = await thrown(() => full.write('x'));
  await full.close();
  expect(fileErrorFrom(error)).toMatchObject({
    code: 'file/ENOSPC',
    message: 'The operating system refused access to a file: no space left on device, write.',
  });
});

it('looks through the causes of other errors, not of those that have a class already', async () => {
  const error = await thrown(() => mkdir(join(folder, 'file/run')));
  expect(fileErrorFrom(new Error('outer', { cause: new Error('middle', { cause: error }) }))?.code).toBe(
    'file/ENOTDIR',
  );
  expect(fileErrorFrom(new CheckpointError('checkpoint/not-found', 'x', { cause: error }))).toBeUndefined();
  const own = new FileError('file/x', 'x');
  expect(fileErrorFrom(own)).toBe(own);
});

it('looks into an AggregateError, and at a name beside another text', async () => {
  const error = await thrown(() => mkdir(join(folder, 'file/run')));
  expect(fileErrorFrom(new AggregateError([new TypeError('x'), error]))?.code).toBe('file/ENOTDIR');
  expect(fileErrorFrom(Object.assign(new Error('the stream ended'), { code: 'ENOSPC' }))).toMatchObject({
    code: 'file/ENOSPC',
    message: 'The operating system refused access to a file: the stream ended.',
  });
  const circle = new Error('a');
  circle.cause = new AggregateError([circle, circle], 'b', { cause: circle });
  expect(fileErrorFrom(circle)).toBeUndefined();
});

it('knows an error that a worker threw', async () => {
  const worker = new Worker(`require('node:fs').mkdirSync(${JSON.stringify(join(folder, 'file/run'))})`, {
    eval: true,
  });
  const error = await new Promise((done) => worker.once('error', done));
  expect(fileErrorFrom(error)?.code).toBe('file/ENOTDIR');
});

it.each([
  undefined,
  null,
  'ENOSPC',
  new Error('ENOSPC'),
  new TypeError('a, b'),
  new Error('ECONNRESET: reset, read'),
  { message: 3 },
])('leaves %p alone', (error) => {
  expect(fileErrorFrom(error)).toBeUndefined();
});
