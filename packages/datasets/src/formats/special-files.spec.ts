import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { DataError } from '@polytag/core';
import { readCoco } from './coco/read-coco.js';
import { hasImageEnding } from './image-path.js';
import { readLabelFile } from './label-file/read-label-file.js';
import { DataFolder } from './folder.fixture.js';
import { everySample, readSample, writeSample } from './sample-folder.fixture.js';

let folder: DataFolder;
beforeEach(async () => void (folder = await DataFolder.make()));
afterEach(() => folder.remove());

/** Puts a pipe, a device or a folder in the place of a file. */
async function replace(path: string, kind: string): Promise<void> {
  await rm(path, { force: true });
  const [program, ...rest] =
    kind === 'a pipe' ? ['mkfifo'] : kind === 'a folder' ? ['mkdir'] : ['ln', '-s', '/dev/zero'];
  expect(spawnSync(program, [...rest, path]).status).toBe(0);
}

const KINDS = ['a pipe', 'an endless device', 'a folder'];
const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux')
  process.stderr.write('Pipes and devices are tried on Linux alone: these tests are skipped.\n');

onLinux('on Linux', () => {
  it.each(KINDS)('refuses %s as a label file at once', async (kind) => {
    await replace(folder.file('train.json'), kind);
    await expect(readLabelFile(folder.file('train.json'))).rejects.toMatchObject({
      code: 'data/not-a-file',
      exitCode: 3,
    });
  });

  const content = (classes: readonly string[] = ['cat', 'dog']) => ({ classes, train: [[0]], test: [[1]] });
  // Images that are no files are counted by the readers that list folders: their own specs have that.
  const withFiles = everySample.filter(([, , sample]) =>
    Object.keys(sample.write(content(sample.classes)).files).some((name) => !hasImageEnding(name)),
  );
  it.each(withFiles)(
    '%s: each of its files is refused at once where it is none',
    async (_, reader, sample) => {
      const said = content(sample.classes);
      const names = Object.keys(sample.write(said).files);
      // Of many files of one kind, one.
      for (const name of names.filter((one, i) => i < 8 || i === names.length - 1)) {
        for (const kind of KINDS) {
          await writeSample(folder, sample, said);
          await replace(folder.file(name), kind);
          const job = readSample(folder, reader, sample, said);
          await expect(job).rejects.toBeInstanceOf(DataError);
          await expect(job).rejects.toMatchObject({ code: 'data/not-a-file', exitCode: 3 });
          await rm(folder.file(name), { recursive: true });
        }
      }
    },
  );
});

const coco = (name: string) => ({
  images: [{ id: 1, file_name: '1.jpg' }],
  annotations: [{ image_id: 1, category_id: 7 }],
  categories: [{ id: 7, name }],
});

it('reads COCO with a byte order mark, in UTF-8 and UTF-16', async () => {
  await folder.touch('1.jpg');
  const text = `\uFEFF${JSON.stringify(coco('café 🐕'))}`;
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
  ]) {
    await writeFile(folder.file('instances.json'), bytes);
    const [{ file }] = await readCoco([folder.file('instances.json')], { images: folder.path });
    expect(file.classes).toEqual(['café 🐕']);
  }
});

it('refuses COCO in another encoding, with the place', async () => {
  const text = JSON.stringify(coco('caf\xe9'));
  await writeFile(folder.file('instances.json'), Buffer.from(text, 'latin1'));
  await expect(readCoco([folder.file('instances.json')], { images: folder.path })).rejects.toMatchObject({
    code: 'data/encoding',
    message: expect.stringContaining(`is not in UTF-8: byte ${text.indexOf('\xe9')} is 0xe9.`),
  });
});
