import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClassNames } from './class-names.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-'));
  file = join(folder, 'names');
});
afterEach(() => rm(folder, { recursive: true }));

it('takes names as they are', async () => {
  expect(await readClassNames('sorted')).toBe('sorted');
  expect(await readClassNames(['b', 7])).toEqual(['b', '7']);
});

it.each([
  ['lines', 'person\n  dining table \r\n\nbicycle', ['person', 'dining table', 'bicycle']],
  ['lines that end as on an old Mac, after a byte order mark', '\uFEFFperson\rcafé\r', ['person', 'café']],
  ['a list', '["person", 3]', ['person', '3']],
  ['a label file', '{"classes": ["b", "a"], "images": []}', ['b', 'a']],
])('reads %s, in its order', async (_, text, names) => {
  await writeFile(file, text);
  expect(await readClassNames(file)).toEqual(names);
});

it.each([
  ['no name', '\n \n', 'contains no label'],
  ['another object', '{"images": []}', 'is not a list of labels'],
  ['an empty list', '[]', 'is not a list of labels'],
  ['half a list', '["a",', 'is not a list of labels'],
])('refuses %s', async (_, text, said) => {
  await writeFile(file, text);
  await expect(readClassNames(file)).rejects.toMatchObject({
    code: 'usage/class-names',
    message: `"model.weightsLabels": ${file} ${said}.`,
  });
  await expect(readClassNames(file, 'mutual.models.0')).rejects.toMatchObject({
    message: expect.stringContaining('"mutual.models.0.weightsLabels"'),
  });
});

it('refuses a file that is not there', async () => {
  await expect(readClassNames(file)).rejects.toMatchObject({ code: 'usage/file-missing', exitCode: 2 });
  await expect(readClassNames(folder)).rejects.toMatchObject({ code: 'usage/not-a-file', exitCode: 2 });
});
