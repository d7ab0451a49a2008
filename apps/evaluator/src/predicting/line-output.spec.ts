import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOutput } from './line-output.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-lines-'))));
afterEach(() => rm(folder, { recursive: true }));

it('belongs to the latest of two commands: lines of the earlier one never mix with its own, and that one says so', async () => {
  const path = join(folder, 'lines.csv');
  const first = await fileOutput(path, { header: 'head\n' });
  await first.write('1\n2\n');
  const second = await fileOutput(path, { header: 'head\n', kept: () => 'head\n1\n'.length });
  // Until the second writes, the first goes on.
  await first.write('3\n');
  await second.write('2\n');
  const lost = { code: 'file/vanished', message: expect.stringContaining('perhaps by the same command') };
  await expect(first.write('4\n')).rejects.toMatchObject(lost);
  await expect(first.finish()).rejects.toMatchObject(lost);
  await first.close();
  await second.write('3\n');
  await second.finish();
  await second.close();
  expect(await readFile(path, 'utf8')).toBe('head\n1\n2\n3\n');
  expect(await readdir(folder)).toEqual(['lines.csv']);
});

it('writes where a link leads', async () => {
  await writeFile(join(folder, 'there'), 'old\n');
  await symlink('there', join(folder, 'link'));
  const output = await fileOutput(join(folder, 'link'), { header: '' });
  await output.write('new\n');
  await output.finish();
  await output.close();
  expect(await readFile(join(folder, 'there'), 'utf8')).toBe('new\n');
});
