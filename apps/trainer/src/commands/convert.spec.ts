import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readLabelFile } from '@polytag/datasets';
import { polytagTrain } from '../project.fixture.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-convert-'))));
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
async function write(name: string, content: unknown): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), typeof content === 'string' ? content : JSON.stringify(content));
}

const FILE = {
  classes: ['cat', 'dog', 'unseen', '"odd", name'],
  images: [
    ['a/1.jpg', ['dog', 'cat']],
    ['2 ü.jpg', [], { unknown: ['dog'] }],
    ['a/3.jpg', []],
  ],
};
beforeEach(async () => {
  await write('photos/all.json', FILE);
  for (const [path] of FILE.images) await write(`photos/${path as string}`, '');
});

/** Labels of each image by the place of its file, with what is unknown. */
async function content(...name: string[]) {
  const { labels, images } = await readLabelFile(at(...name), { unknownLabels: 'error' });
  const names = (of: readonly number[] = []) => of.map((i) => labels.names[i]).sort();
  return {
    classes: labels.names,
    images: Object.fromEntries(
      images.map(({ path, labels: of, unknown }) => [path, [names(of), names(unknown)]]),
    ),
  };
}

/** The words of a command that was pasted into a shell. */
const shellWords = (text: string): string[] =>
  execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

it.each(['coco', 'csv', 'jsonl', 'label-studio'])(
  'writes %s that leads to the images and is read again, wherever it lies',
  async (format) => {
    const expected = await content('photos/all.json');
    for (const out of ['photos/own', 'elsewhere/own', 'own', "else where/it's my own"]) {
      const file = at(`${out}.${format === 'csv' ? 'csv' : format === 'jsonl' ? 'jsonl' : 'out.json'}`);
      const {
        status,
        out: said,
        err,
      } = await polytagTrain('convert', at('photos/all.json'), '--to', format, '--out', file);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(said).toContain('3 images, 4 labels');
      expect(said).not.toMatch(/lost|warning/);
      const [, back] = /^to convert back: npx polytag-train (.*) --out OTHER_FOLDER$/m.exec(said)!;
      const prepared = await polytagTrain(...shellWords(back), '--out', at('back'), '--force');
      expect([prepared.status, prepared.err]).toEqual([0, expect.stringContaining('read in')]);
      const [, written] = /^next: npx polytag-train inspect data (.*)$/m.exec(prepared.out)!;
      expect(await content(shellWords(written)[0].slice(folder.length))).toEqual(expected);
      await rm(at('back'), { recursive: true });
    }
  },
);

it('leads to files that the label file spells a little otherwise', async () => {
  await write('photos/all.json', { classes: ['a'], images: [['A\\1.JPG', ['a']]] }); // prettier-ignore
  await write('photos/A/1.jpg', '');
  await polytagTrain('convert', at('photos/all.json'), '--to', 'csv', '--out', at('own.csv'));
  expect(await readFile(at('own.csv'), 'utf8')).toBe('file,a\nphotos/A/1.jpg,1\n');
});

it('says what is lost, and which images are not there', async () => {
  await write('photos/all.json', { classes: [2, 10], images: [['gone.jpg', [2, 2, 10]]] });
  const { status, out } = await polytagTrain(
    'convert',
    at('photos/all.json'),
    '--to',
    'csv',
    '--out',
    at('own.csv'),
  );
  expect(status).toBe(0);
  expect(out).toContain('lost: 1 image lists a label once per object; it was written once');
  expect(out).toContain('lost: the labels are numbers');
  expect(out).toContain('warning: 1 image was not found at its path');
  expect(await readFile(at('own.csv'), 'utf8')).toBe('file,2,10\nphotos/gone.jpg,1,1\n');
});

it('puts a prefix before paths for other servers', async () => {
  const options = ['--to', 'label-studio', '--out', at('photos/own.json'), '--prefix', 's3://bucket/'];
  expect((await polytagTrain('convert', at('photos/all.json'), ...options)).status).toBe(0);
  const tasks = JSON.parse(await readFile(at('photos/own.json'), 'utf8')) as { data: { image: string } }[];
  expect(tasks.map(({ data }) => data.image)).toEqual([
    's3://bucket/a/1.jpg',
    's3://bucket/2 ü.jpg',
    's3://bucket/a/3.jpg',
  ]);
});

it('overwrites with --force alone, and never what it reads; and refuses what is no label file', async () => {
  const to = (file: string, ...more: string[]) =>
    polytagTrain('convert', at('photos/all.json'), '--to', 'csv', '--out', at(file), ...more);
  await write('own.csv', 'mine');
  expect(await to('own.csv')).toMatchObject({ status: 2, err: expect.stringContaining('usage/file-exists') });
  expect(await to('photos/all.json', '--force')).toMatchObject({
    status: 2,
    err: expect.stringContaining('usage/overwrites-source'),
  });
  expect((await to('own.csv', '--force')).status).toBe(0);
  for (const [bad, code] of [
    [{ classes: ['a'], images: [['1.jpg', ['b']]] }, 'data/unknown-label'],
    [{ classes: ['a'], images: [['1.jpg', []], ['./1.jpg', []]] }, 'data/duplicate-image'], // prettier-ignore
    [{ classes: ['a'], images: [] }, 'data/empty-set'],
    [{ classes: [], images: [['1.jpg', []]] }, 'data/no-classes'],
    ['{', 'data/not-json'],
  ] as const) {
    await write('photos/all.json', bad);
    expect(await to('bad.csv')).toMatchObject({ status: 3, err: expect.stringContaining(code) });
  }
});
