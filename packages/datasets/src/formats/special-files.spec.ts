import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { DataError } from '@polytag/core';
import { readLabelFile } from './label-file/read-label-file.js';
import { readCoco } from './coco/read-coco.js';
import { readCsv } from './csv/read-csv.js';
import { DataFolder } from './folder.fixture.js';
import { readNusWide } from './nus-wide/read-nus-wide.js';
import { readVg500 } from './vg500/read-vg500.js';
import { readVoc } from './voc/read-voc.js';

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
  await folder.touch('1.jpg');
});
afterEach(() => folder.remove());

const coco = (name: string) => ({
  images: [{ id: 1, file_name: '1.jpg' }],
  annotations: [{ image_id: 1, category_id: 7 }],
  categories: [{ id: 7, name }],
});

const READERS: Readonly<Record<string, readonly [file: string, read: () => Promise<unknown>]>> = {
  'label json': ['train.json', () => readLabelFile(folder.file('train.json'))],
  csv: ['own.csv', () => readCsv([folder.file('own.csv')])],
  coco: ['instances.json', () => readCoco([folder.file('instances.json')], { images: folder.path })],
  voc: ['ImageSets/Main/train.txt', () => readVoc(folder.path, ['train'])],
  'nus-wide': ['nus_wid_data.csv', () => readNusWide(folder.path, { distribution: 'asl' })],
  vg500: ['vg_category_500_labels_index.json', () => readVg500(folder.path)],
};

const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux')
  process.stderr.write('Pipes and devices are tried on Linux alone: these tests are skipped.\n');

onLinux.each(Object.entries(READERS))('%s', (_, [file, read]) => {
  it.each(['a pipe', 'an endless device', 'a folder'])('refuses %s at once', async (kind) => {
    const path = folder.file(file);
    await folder.write({ [file]: '' });
    await rm(path);
    const [program, ...rest] =
      kind === 'a pipe' ? ['mkfifo'] : kind === 'a folder' ? ['mkdir'] : ['ln', '-s', '/dev/zero'];
    expect(spawnSync(program, [...rest, path]).status).toBe(0);
    await expect(read()).rejects.toMatchObject({ code: 'data/not-a-file', exitCode: 3 });
    await expect(read()).rejects.toBeInstanceOf(DataError);
  });
});

it('reads COCO with a byte order mark, in UTF-8 and UTF-16', async () => {
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
    message: expect.stringContaining(`is not in UTF-8: byte ${text.indexOf('\xe9')} holds 0xe9.`),
  });
});
