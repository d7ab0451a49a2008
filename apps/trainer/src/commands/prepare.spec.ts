import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { readLabelFile } from '@polytag/datasets';
import { polytagTrain, type Outcome } from '../project.fixture.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-prepare-'))));
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);

/** Writes files, each with its folder; what is not a string becomes JSON. */
async function write(files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Whether images can be decoded is not asked: empty files will do. */
const touch = (...names: string[]) => write(Object.fromEntries(names.map((name) => [name, ''])));

const prepare = (format: string, ...options: string[]): Promise<Outcome> =>
  polytagTrain('prepare', format, ...options);

/** What a label file says of each image, as the other commands read it. */
async function labels(...file: string[]): Promise<Record<string, string[]>> {
  const dataset = await readLabelFile(at(...file), { unknownLabels: 'error' });
  const entries = dataset.images.map(({ name, labels }) => [
    name,
    labels.map((i) => dataset.labels.names[i]),
  ]);
  return Object.fromEntries(entries) as Record<string, string[]>;
}

const PERSON_AND_CAR = [
  { id: 1, name: 'person' },
  { id: 3, name: 'car' },
];
const coco = (
  ids: readonly number[],
  annotations: readonly (readonly [image: number, category: number])[],
) => ({
  images: ids.map((id) => ({ id, file_name: `${id}.jpg` })),
  annotations: annotations.map(([image_id, category_id], id) => ({ id, image_id, category_id, iscrowd: 0 })),
  categories: PERSON_AND_CAR,
});

describe('coco', () => {
  beforeEach(async () => {
    await write({
      'coco/annotations/instances_train2014.json': coco([1, 2, 3], [[1, 3], [2, 1], [1, 3]]), // prettier-ignore
      'coco/annotations/instances_val2014.json': coco([4], [[4, 1]]),
    });
    await touch('coco/train2014/1.jpg', 'coco/train2014/2.jpg', 'coco/train2014/3.jpg', 'coco/val2014/4.jpg');
  });

  it('writes the label files that the configs of the paper expect, and shows their counts', async () => {
    const { status, out, err } = await prepare('coco', '--from', at('coco'));
    expect(status).toBe(0);
    expect(await labels('coco/train.json')).toEqual({
      'train2014/1.jpg': ['car', 'car'],
      'train2014/2.jpg': ['person'],
    });
    expect(await labels('coco/val.json')).toEqual({ 'val2014/4.jpg': ['person'] });
    const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows.slice(0, 5)).toEqual([
      ['images', 'labels', 'labels per image', 'with repeats'],
      [at('coco/train.json'), '2', '2', '1.00', '1.50'],
      ['published', '82,081', '80'],
      [at('coco/val.json'), '1', '2', '1.00', '1.00'],
      ['published', '40,137', '80'],
    ]);
    expect(out).toContain('left out of train.json: images without labels (1)\n');
    expect(out).toContain(
      'The counts DIFFER from those published for COCO 2014:\n  train2014: 2 images, published 82,081\n',
    );
    expect(err).toMatch(/^read in 0:\d\d\n$/);

    const [, next] = /^next: npx polytag-train (.*)$/m.exec(out)!;
    const inspected = await polytagTrain(...next.split(' '), '--quick');
    expect([inspected.status, inspected.err]).toEqual([0, '']);
    expect(inspected.out).toContain('2 images, 2 labels');
  });

  it('takes other splits, from files too, and keeps images without labels on request', async () => {
    await write({ 'coco/own.json': coco([1, 2, 3], [[2, 3]]) });
    const options = [
      '--train',
      'own.json',
      '--no-val',
      '--keep-unlabelled',
      '--images',
      at('coco/train2014'),
    ];
    const { status, out } = await prepare('coco', '--from', at('coco'), '--out', at('own'), ...options);
    expect(status).toBe(0);
    expect(await readdir(at('own'))).toEqual(['train.json']);
    expect(await labels('own/train.json')).toEqual({
      '../coco/train2014/1.jpg': [],
      '../coco/train2014/2.jpg': ['car'],
      '../coco/train2014/3.jpg': [],
    });
    expect(out).toContain('in train.json: 2 images without a label');
    expect(out).not.toContain('published');
  });

  it('writes nothing when a part cannot be read, and says why', async () => {
    await rm(at('coco/val2014'), { recursive: true });
    const { status, out, err } = await prepare('coco', '--from', at('coco'));
    expect([status, out]).toEqual([3, '']);
    expect(err).toContain('The only image of');
    expect(err).toContain('"4.jpg"');
    expect(err).toContain('--skip-missing');
    expect(err).toContain('code: data/image-missing');
    expect(await readdir(at('coco'))).toEqual(['annotations', 'train2014']);
    await rm(at('coco/train2014/2.jpg'));
    const skipped = await prepare('coco', '--from', at('coco'), '--no-val', '--skip-missing');
    expect(skipped.out).toContain('left out of train.json: images that are not on disk (1)');
  });

  it('overwrites label files only with --force, and never what it reads', async () => {
    await write({ 'coco/val.json': 'mine' });
    const refused = await prepare('coco', '--from', at('coco'));
    expect([refused.status, refused.out]).toEqual([2, '']);
    expect(refused.err).toBe(
      `error: ${at('coco/val.json')} already exists.\n` +
        '  hint: Choose another folder with --out, or overwrite it with --force.\n  code: usage/file-exists\n',
    );
    expect(await readFile(at('coco/val.json'), 'utf8')).toBe('mine');
    expect((await prepare('coco', '--from', at('coco'), '--force')).status).toBe(0);
    expect(await labels('coco/val.json')).toEqual({ 'val2014/4.jpg': ['person'] });

    await write({ 'coco/train.json': coco([1], [[1, 1]]) });
    const onto = await prepare(
      'coco',
      '--from',
      at('coco'),
      '--train',
      'train.json',
      '--no-val',
      '--images',
      at('coco/train2014'),
      '--force',
    );
    expect([onto.status, onto.err]).toEqual([2, expect.stringContaining('usage/overwrites-source')]);
  });
});

it('prepares VOC, with the test part as val.json and images where they are', async () => {
  const xml = (...objects: string[]) => `<annotation>${objects.join('')}</annotation>`;
  const object = (name: string, difficult: number) =>
    `<object><name>${name}</name><difficult>${difficult}</difficult></object>`;
  await write({
    'VOC2007/ImageSets/Main/trainval.txt': '000005\n',
    'VOC2007/ImageSets/Main/test.txt': '000001\r\n',
    'VOC2007/Annotations/000005.xml': xml(object('dog', 0), object('sofa', 1), object('dog', 0)),
    'VOC2007/Annotations/000001.xml': xml(object('person', 0)),
  });
  await touch('VOC2007/JPEGImages/000001.jpg', 'VOC2007/JPEGImages/000005.jpg');
  const options = ['--from', at('VOC2007'), '--out', at('data/voc2007')];
  const { status, out } = await prepare('voc', ...options);
  expect(status).toBe(0);
  const image = (id: string) => `../../VOC2007/JPEGImages/${id}.jpg`;
  expect(await labels('data/voc2007/train.json')).toEqual({ [image('000005')]: ['dog', 'sofa', 'dog'] });
  expect(await labels('data/voc2007/val.json')).toEqual({ [image('000001')]: ['person'] });
  expect(out).toContain('published for VOC 2007');
  const ignoring = await prepare('voc', ...options, '--difficult', 'ignore', '--force');
  expect(ignoring.out).toContain('left out of train.json: difficult objects (1)');
  expect(await labels('data/voc2007/train.json')).toEqual({ [image('000005')]: ['dog', 'dog'] });
});

it('prepares NUS-WIDE in either distribution', async () => {
  const row = (name: string, split: string) => `${name},"['sky', 'sea']",${split}`;
  await write({
    'nus_wid_data.csv': ['filepath,label,split_name', row('a.jpg', 'train'), row('b.jpg', 'val')].join('\n'),
  });
  await touch('images/a.jpg', 'images/b.jpg', 'Flickr/zoo/c.jpg', 'Flickr/zoo/d.jpg');
  expect((await prepare('nus-wide', '--from', folder)).out).toContain('published for NUS-WIDE');
  expect(await labels('val.json')).toEqual({ 'images/b.jpg': ['sky', 'sea'] });
  await write({
    'Concepts81.txt': 'sky\n',
    'ImageList/TrainImagelist.txt': 'zoo\\c.jpg\n',
    'ImageList/TestImagelist.txt': 'zoo\\d.jpg\n',
    'Groundtruth/TrainTestLabels/Labels_sky_Train.txt': '1\n',
    'Groundtruth/TrainTestLabels/Labels_sky_Test.txt': '1\n',
  });
  const { status, out } = await prepare(
    'nus-wide',
    '--from',
    folder,
    '--distribution',
    'original',
    '--force',
  );
  expect(status).toBe(0);
  expect(out).not.toContain('published');
  expect(await labels('val.json')).toEqual({ 'Flickr/zoo/d.jpg': ['sky'] });
});

it('prepares VG500', async () => {
  await write({
    'train_list_500.txt': '1.jpg\n',
    'test_list_500.txt': '2.jpg\n',
    'vg_category_500_labels_index.json': { '1.jpg': [499], '2.jpg': [0, 7] },
  });
  await touch('VG_100K/1.jpg', 'VG_100K_2/2.jpg');
  expect((await prepare('vg500', '--from', folder)).status).toBe(0);
  expect(await labels('val.json')).toEqual({ 'VG_100K_2/2.jpg': ['0', '7'] });
});

describe('csv', () => {
  it('writes a label file for each split', async () => {
    await write({ 'own.tsv': 'path\ttags\tpart\na.jpg\tdog, cat\ttrain\nb.jpg\t\ttest\n' });
    await touch('a.jpg', 'b.jpg');
    const options = [
      '--delimiter',
      '\\t',
      '--separator',
      ',',
      '--labels-column',
      'tags',
      '--split-column',
      'part',
    ];
    const { status, out } = await prepare('csv', '--from', folder, '--file', 'own.tsv', ...options);
    expect(status).toBe(0);
    expect(await labels('train.json')).toEqual({ 'a.jpg': ['dog', 'cat'] });
    expect(await labels('test.json')).toEqual({ 'b.jpg': [] });
    expect(out).toContain(`next: npx polytag-train inspect data ${at('train.json')}`);
  });

  it('writes a label file for each file', async () => {
    await write({ 'train.csv': 'path,cat,dog\na.jpg,1,1\n', 'val.csv': 'path,cat,dog\nb.jpg,0,1\n' });
    await touch('a.jpg', 'b.jpg');
    const files = ['--file', 'train.csv', '--file', 'val.csv'];
    expect((await prepare('csv', '--from', folder, ...files)).status).toBe(0);
    expect(await labels('val.json')).toEqual({ 'b.jpg': ['dog'] });
    const again = await prepare('csv', '--from', folder, ...files);
    expect([again.status, again.err]).toEqual([2, expect.stringContaining('usage/file-exists')]);
  });

  it('shows the classes, how the file was read, and what is unknown', async () => {
    await touch('a.jpg', 'b.jpg', 'c.jpg');
    await write({ 'own.csv': 'image;cat;dog;split\na;1.0;-1;0\nb;0.0;1.0;1\nc;0;;1\n' });
    const { status, out } = await prepare('csv', '--from', folder, '--file', 'own.csv', '--out', at('out'));
    expect(status).toBe(0);
    expect(out).toContain('\nlabels: cat, dog, split\n');
    expect(out).toContain('in own.json: 2 of 9 image-label pairs are unknown');
    expect(out).toContain('note: cells with -1 are read as unknown (change with --unknown)\n');
    expect(out).toContain('the column "split" is read as a label (otherwise: --split-column split)');
    expect(out).toContain('3 images were found under a similar name, e.g. "a" is "a.jpg"');
    expect(out).not.toContain('warning');
    const inspected = await polytagTrain('inspect', 'data', at('out/own.json'));
    expect(inspected.out).toContain('known: 7 of 9 image-label pairs');
    expect(inspected.out).toMatch(/ dog +1 +1 +1\n/);

    const forced = ['--unknown', 'absent', '--empty', 'present', '--split-column', 'split', '--force'];
    await prepare('csv', '--from', folder, '--file', 'own.csv', '--out', at('out'), ...forced);
    expect(await labels('out/train.json')).toEqual({ '../a.jpg': ['cat'] });
    expect(await labels('out/val.json')).toEqual({ '../b.jpg': ['dog'], '../c.jpg': ['dog'] });
  });

  const rows = (...cells: string[]) =>
    `file,labels\n${cells.map((cell, i) => `${i}.jpg,${cell}\n`).join('')}`;
  it.each<[string, string, RegExp, string[]]>([
    ['look-alikes', rows('Car', 'car', 'dog'), /look alike .*"Car" and "car" .*--normalise-labels/, []],
    ['Unicode forms', rows('caf\u00e9', 'cafe\u0301'), /"cafe\\u0301" and "caf\\u00E9"/, []],
    [
      'combinations',
      rows('a/b', 'b/c', 'a', 'a/c', 'c', 'a/b/c'),
      /labels contain "\/".*--separator '\/'/,
      [],
    ],
    [
      'commas',
      rows('"cat,dog"', 'dog', '"cat,cow"'),
      /at most one label, and 2 labels contain ",".*--separator ','/,
      ['--separator', '|'],
    ],
    ['spaces', rows('haze primary', 'clear sky', 'haze primary'), /contain a space, .*--separator ' '/, []],
    [
      'as many labels as images',
      rows('a', 'b', 'c', 'd', 'e'),
      /as many labels \(5\) as images \(5\).*--labels-column/,
      [],
    ],
    ['numbers', rows('0', '1', '1'), /the labels are numbers \(0, 1\).*--layout one-hot/, []],
    ['labels with a number', rows('cat=1;dog=0', 'cat=0;dog=1'), /4 labels end in a number, .*"cat=0"/, []],
    ['odd names', rows('none', 'cat', 'cat'), /1 label has an odd name: "none"/, []],
    ['errors of a spreadsheet', rows('#REF!', '#NAME?', 'cat'), /2 labels have odd names/, []],
    ['labels that say that there is none', rows('No Finding', 'cat', 'cat'), /"No Finding" may mean/, []],
    [
      'text decoded wrongly',
      rows('caf\u00c3\u00a9', 'cat', 'cat'),
      /UTF-8 that was read as Windows-1252/,
      [],
    ],
    [
      'words that stand alone elsewhere',
      rows('chair', 'car', 'horse person', 'person', 'car person', 'dog'),
      /contain a space/,
      [],
    ],
  ])('warns of %s', async (_, text, warning, options) => {
    await touch(...[0, 1, 2, 3, 4, 5].map((i) => `${i}.jpg`));
    await write({ 'own.csv': text });
    const { status, out } = await prepare('csv', '--from', folder, '--file', 'own.csv', ...options);
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`\nwarning: .*${warning.source}`));
  });

  it('warns of nothing where nothing looks wrong', async () => {
    await touch(...[0, 1, 2, 3, 4, 5].map((i) => `${i}.jpg`));
    await write({ 'own.csv': rows('cat|traffic light', 'dog', 'cat', 'stop sign|dog', 'cat', 't-shirt') });
    const { out } = await prepare('csv', '--from', folder, '--file', 'own.csv');
    expect(out).not.toContain('warning');
  });

  it('gives look-alikes one spelling on request', async () => {
    await touch('0.jpg', '1.jpg', '2.jpg');
    await write({ 'own.csv': rows('"Car|car"', 'car |hot  dog', 'CAR|hot\u00a0dog') });
    const { out } = await prepare('csv', '--from', folder, '--file', 'own.csv', '--normalise-labels');
    expect(out).toContain('\nlabels: car, hot dog\n');
    expect(out).not.toContain('warning');
    expect(await labels('own.json')).toEqual({
      '0.jpg': ['car'],
      '1.jpg': ['car', 'hot dog'],
      '2.jpg': ['car', 'hot dog'],
    });
  });

  it('says where a file is that is named from the working folder', async () => {
    await write({ 'set/own.csv': 'file,labels\na.jpg,cat\n' });
    const named = relative(process.cwd(), at('set/own.csv'));
    // Deeper than the working folder, so that the steps up in the name do not lead to the file by chance.
    const depth = process.cwd().split(sep).length;
    const from = at(`set${'/deep'.repeat(depth)}`);
    for (const format of ['csv', 'json']) {
      const { status, err } = await prepare(format, '--from', from, '--file', named);
      expect([status, err]).toEqual([3, expect.stringContaining('--file is relative to --from')]);
      expect(err).toContain(`--file ${'../'.repeat(depth)}own.csv for `);
    }
  });

  it('reads the encoding that is named, and refuses one that is not known', async () => {
    await touch('0.jpg');
    await writeFile(at('own.csv'), Buffer.from('file;labels\r\n0.jpg;caf\xe9\r\n', 'latin1'));
    const csv = ['csv', '--from', folder, '--file', 'own.csv'] as const;
    const refused = await prepare(...csv);
    expect([refused.status, refused.err]).toEqual([3, expect.stringContaining('--encoding windows-1252')]);
    expect((await prepare(...csv, '--encoding', 'latin1')).status).toBe(0);
    expect(await labels('own.json')).toEqual({ '0.jpg': ['café'] });
    const unknown = await prepare(...csv, '--encoding', 'klingon');
    expect([unknown.status, unknown.err]).toEqual([2, expect.stringContaining('windows-1252')]);
  });

  it('needs a file', async () => {
    const { status, err } = await prepare('csv', '--from', folder);
    expect([status, err]).toEqual([2, expect.stringContaining('usage/no-files')]);
  });

  it('takes the only table of the folder, and of several shows a few and counts the rest', async () => {
    await write({ 'photos/1.csv': 'file,labels\na.jpg,cat\n', 'photos/a.jpg': '' });
    const only = await prepare('csv', '--from', at('photos'));
    expect(only).toMatchObject({ status: 0, out: expect.stringContaining('note: 1.csv: images in') });
    for (let i = 2; i <= 13; i++) await write({ [`photos/${i}.csv`]: 'file,labels\na.jpg,cat\n' });
    const { status, err } = await prepare('csv', '--from', at('photos'), '--force');
    expect([status, err]).toEqual([2, expect.stringContaining('has 13 files of this format')]);
    const few = '--file 1.csv --file 10.csv --file 11.csv … (and 10 more: add --file for each)';
    expect(err).toContain(few);
    expect((await prepare('--from', at('photos'))).err).toContain(few);
  });
});

it('does not choose among several exports of Label Studio', async () => {
  const task = { id: 1, data: { image: '1.jpg' }, annotations: [{ id: 1, result: [] }] };
  await write({ 'a.json': [task], 'b.json': [task], '1.jpg': '' });
  const { status, err } = await prepare('label-studio', '--from', folder);
  expect([status, err]).toEqual([2, expect.stringContaining('usage/several-files')]);
  expect(err).toContain('--file a.json --file b.json\n');
});

it('says what each format expects on disk', async () => {
  for (const [format, file] of Object.entries({
    coco: 'annotations/instances_train2014.json',
    voc: 'ImageSets/Main/trainval.txt',
    'nus-wide': 'nus_wid_data.csv',
    vg500: 'train_list_500.txt',
    csv: 'own.csv',
  })) {
    const { status, out } = await prepare(format, '--help');
    expect(status).toBe(0);
    expect(out).toContain(file);
  }
  const { status, err } = await prepare('imagenet', '--from', folder);
  expect([status, err]).toEqual([2, expect.stringContaining('imagenet')]);
});

describe('json', () => {
  const file = {
    classes: ['Dog', 'dog', 'cat'],
    images: [
      ['1.jpg', ['Dog']],
      ['2.jpg', ['dog']],
      ['./1.jpg', ['cat', 'dog']],
      ['3.jpg', ['dog']],
    ],
  };

  it('makes a label file that is accepted of one that is refused', async () => {
    await touch('1.jpg', '2.jpg', '3.jpg');
    await write({ 'train.json': file });
    const refused = await polytagTrain('inspect', 'data', at('train.json'));
    expect(refused.status).toBe(3);
    expect(refused.err).toContain(`prepare json --from ${folder} --file train.json`);
    const options = ['--from', folder, '--file', 'train.json', '--normalise-labels'];
    const { status, out } = await prepare('json', ...options, '--out', at('merged'));
    expect({ status, out }).toEqual({
      status: 0,
      out: expect.stringContaining('1 entry repeats an image'),
    });
    expect(await labels('merged/train.json')).toEqual({
      '../1.jpg': ['dog', 'cat'],
      '../2.jpg': ['dog'],
      '../3.jpg': ['dog'],
    });
  });

  it('never writes over the file that it reads, and needs one', async () => {
    await touch('1.jpg', '2.jpg', '3.jpg');
    await write({ 'train.json': file });
    const over = await prepare('json', '--from', folder, '--file', 'train.json', '--force');
    expect(over).toMatchObject({ status: 2, err: expect.stringContaining('usage/overwrites-source') });
    const none = await prepare('json', '--from', folder);
    expect(none).toMatchObject({ status: 2, err: expect.stringContaining('usage/no-files') });
  });
});

describe('formats of other tools', () => {
  it('prepares folders, JSON lines, exports of Label Studio and of Datumaro', async () => {
    await write({
      'folders/train/dog/1.jpg': 'one',
      'folders/train/cat/1.jpg': 'one',
      'folders/val/dog/2.jpg': 'two',
      'lines/train/metadata.jsonl': JSON.stringify({ file_name: '1.jpg', labels: ['dog', 'cat'] }),
      'lines/val/metadata.jsonl': JSON.stringify({ file_name: '2.jpg', labels: ['dog'] }),
      'studio/project.json': [
        {
          data: { image: '/data/upload/1/0123abcd-1.jpg' },
          annotations: [
            { result: [{ type: 'choices', from_name: 'a', value: { choices: ['dog', 'cat'] } }] },
          ],
        },
      ],
      'datumaro/annotations/training.json': {
        categories: { label: { labels: [{ name: 'dog' }, { name: 'cat' }] } },
        items: [{ id: '1', annotations: [0, 1].map((label_id) => ({ type: 'label', label_id })) }],
      },
    });
    await touch('lines/train/1.jpg', 'lines/val/2.jpg', 'studio/1.jpg', 'datumaro/images/training/1.jpg');
    for (const [format, name, image] of [
      ['folder', 'folders', 'train/cat/1.jpg'],
      ['jsonl', 'lines', 'train/1.jpg'],
      ['label-studio', 'studio', '1.jpg'],
      ['datumaro', 'datumaro', 'images/training/1.jpg'],
    ]) {
      const { status, err, out } = await prepare(format, '--from', at(name));
      expect({ status, err, format }).toEqual({ status: 0, err: expect.stringContaining('read in'), format });
      const file = format === 'label-studio' ? 'project-labels.json' : 'train.json';
      expect(out).toContain(`inspect data ${at(name, file)}`);
      const found = await labels(name, file);
      expect(Object.fromEntries(Object.entries(found).map(([path, of]) => [path, of.sort()]))).toEqual({
        [image]: ['cat', 'dog'],
      });
    }
    expect(await labels('folders/val.json')).toEqual({ 'val/dog/2.jpg': ['dog'] });
  });

  it('tells of a folder around all others', async () => {
    await write({ 'data/photos/dog/1.jpg': '1', 'data/photos/cat/2.jpg': '2' });
    const { out } = await prepare('folder', '--from', at('data'));
    expect(out).toContain('warning: every image has the label "photos"');
    expect(out).toContain('note: nested folders');
  });
});

describe('a folder of which no format is named, or another', () => {
  it.each([
    ['own.csv', 'file,labels', 'prepare csv --from FOLDER --file own.csv'],
    ['all.json', { classes: ['a'], images: [] }, 'prepare json --from FOLDER --file all.json'],
    [
      'x/instances_train.json',
      { images: [{ id: 1 }] },
      'prepare coco --from FOLDER --train x/instances_train.json',
    ],
    ['a.json', [{ id: 1, data: {}, annotations: [] }], 'prepare label-studio --from FOLDER'],
    ['annotations/a.json', { categories: { label: {} }, items: [] }, 'prepare datumaro --from FOLDER'],
    ['a/metadata.jsonl', '{}', 'prepare jsonl --from FOLDER'],
    ['ImageSets/Main/train.txt', '1', 'prepare voc --from FOLDER --train train --no-val'],
    ['ImageList/TrainImagelist.txt', '1', 'prepare nus-wide --from FOLDER'],
    ['vg_category_500_labels_index.json', {}, 'prepare vg500 --from FOLDER'],
  ])('is told which reads %s', async (name, content, command) => {
    await write({ [name]: content });
    await touch('1.jpg');
    const { status, err } = await prepare('--from', folder);
    expect([status, err]).toEqual([2, expect.stringContaining('usage/no-format')]);
    expect(err).toContain('contains 1 image in 1 folder');
    expect(err).toContain(`This format reads it: polytag-train ${command.replace('FOLDER', folder)}`);
    const other = await prepare('folder', '--from', folder);
    expect(other).toMatchObject({ status: 3, err: expect.stringContaining('This format reads it') });
  });

  it('is told of several, of none, and of formats that are none', async () => {
    await write({ 'own.csv': 'file,labels', 'cat/1.jpg': '', 'dog/2.jpg': '' });
    const several = await prepare('--from', folder);
    expect(several.err).toMatch(/These formats may read it: .*prepare csv .*; .*prepare folder/);
    await write({ 'none/readme.txt': 'x' });
    const none = await prepare('--from', at('none'));
    expect(none).toMatchObject({ status: 2, err: expect.stringContaining('no images, 1 .txt file') });
    expect(none.err).toContain('matches none of coco');
    expect(await prepare('--from', at('absent'))).toMatchObject({
      status: 3,
      err: expect.stringContaining('data/folder-missing'),
    });
    for (const options of [[], ['--from', folder], ['--out', folder, '--from', folder]])
      expect(await polytagTrain('prepare', 'cocoo', ...options)).toMatchObject({
        status: 2,
        err: expect.stringContaining('Unknown format "cocoo"'),
      });
    expect(await polytagTrain('prepare')).toMatchObject({ status: 2, err: expect.stringContaining('Usage') });
  });
});
