import { copyFile, readFile } from 'node:fs/promises';
import { encodePng, readImage, readLabelFile, resizeBilinear } from '@polytag/datasets';
import type { DataReport } from '@polytag/report';
import { polytagTrain, Project } from '../project.fixture.js';

let project: Project;
let train: string;
let val: string;
const json = async <Value>(path: string) => JSON.parse(await readFile(path, 'utf8')) as Value;
const inspect = (...argv: string[]) => polytagTrain('inspect', 'data', ...argv);

/**
 * Training images 0 to 4, a copy of the bytes of 1 and text; validation images: a larger copy of 2, with other labels, and one
 * of their own.
 */
beforeAll(async () => {
  project = await Project.make();
  const image = (name: string) => project.path('data/images', name);
  await copyFile(image('train-00001.png'), image('same.png'));
  await project.write('data/images/text.png', 'moved');
  const size = { height: 64, width: 64 };
  const larger = { pixels: resizeBilinear(await readImage(image('train-00002.png')), size), ...size };
  await project.write('data/images/larger.png', await encodePng(larger));
  const own = { $schema: 'https://example.org/label-file.schema.json', licence: 'CC0' };
  const entries = ['train-00000', 'train-00001', 'train-00002', 'same', 'text', 'train-00003'];
  train = await project.write(
    'data/messy.json',
    JSON.stringify({
      ...own,
      classes: ['cat', 'dog', 'Dog'],
      images: entries.map((name, i) => [`images/${name}.png`, ['cat', 'dog'], { unknown: i ? [] : ['Dog'] }]),
    }),
  );
  val = await project.write(
    'data/held-out.json',
    JSON.stringify({
      classes: ['cat', 'dog', 'Dog'],
      unlisted: 'unknown',
      images: [
        ['images/larger.png', ['cat'], { absent: ['dog'] }],
        ['images/val-00001.png', ['Dog']],
      ],
    }),
  );
});
afterAll(() => project.remove());

it('tells in a hurry which images of the same bytes are in two label files', async () => {
  const image = (name: string) => [`images/${name}.png`, []];
  const names = ['same', 'train-00000', 'val-00000', 'val-00001'];
  const part = await project.write('data/part.json', JSON.stringify({ classes: ['cat'], images: names.map(image) })); // prettier-ignore
  const { status, out, err } = await inspect(train, part, '--quick');
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain(
    `warning: 2 images of ${part} are in ${train} too, byte for byte: "images/same.png", "images/train-00000.png"\n`,
  );
  const copy = await project.write('data/copy.json', JSON.stringify({ classes: ['cat'], images: [image('train-00001')] })); // prettier-ignore
  expect((await inspect(copy, part, '--quick')).out).toContain(
    `warning: 1 image of ${part} is in ${copy} too, byte for byte: "images/same.png" (there "images/train-00001.png")\n`,
  );
  expect((await inspect(val, copy, '--quick')).out).toContain(
    'no image of the same bytes is in two of the label files\n',
  );
});

it('names what cannot be used, copies in one file and between files, and what to look at in the labels', async () => {
  const { status, out, err } = await inspect(train, val);
  expect(status).toBe(3);
  expect(err).toContain('images/text.png is a text file, not a JPEG, PNG or WebP. (data/not-an-image)');
  expect(err).toContain('1 of 8 images cannot be used');
  const lines = out.split('\n');
  expect(lines.slice(lines.indexOf('found in data/messy.json'))).toEqual([
    'found in data/messy.json',
    '  labels with fewer than 10 images: cat (6), dog (6)',
    '  labels that always occur together: "cat" and "dog" (6 images)',
    expect.stringMatching(/^ {2}usable pictures: 5 \(.* kB\); png 5; RGB 5$/),
    '  width 40 to 40, median 40; height 40 to 40, median 40; width : height 1.00 to 1.00, median 1.00',
    'found in data/held-out.json',
    '  labels with fewer than 10 images: Dog (1), cat (1)',
    expect.stringMatching(/^ {2}usable pictures: 2 /),
    '  width 40 to 64, median 40; height 40 to 64, median 40; width : height 1.00 to 1.00, median 1.00',
    'duplicates: 2 groups with 1 exact copy and 1 near copy; 1 across label files, 1 with different labels',
    '  images/train-00002.png (data/messy.json)',
    '    ~ images/larger.png (data/held-out.json)',
    '    labels differ: dog',
    expect.stringMatching(/^ {4}similarity 0\.9\d\d$/),
    '  images/train-00001.png (data/messy.json)',
    '    = images/same.png (data/messy.json)',
    '',
  ]);
});

it('writes all findings as JSON and as a page without a path of this machine', async () => {
  const [file, folder] = [project.path('found.json'), project.path('found')];
  const { status, out } = await inspect(train, val, '--json', file, '--report', folder);
  expect(status).toBe(3);
  expect(out).toContain(`${file}: all results\n`);
  const report = await json<DataReport>(file);
  expect(report.files.map(({ name, images, unreadable }) => [name, images, unreadable])).toEqual([
    [
      'data/messy.json',
      6,
      [
        {
          image: 'images/text.png',
          code: 'data/not-an-image',
          reason: 'images/text.png is a text file, not a JPEG, PNG or WebP.',
        },
      ],
    ],
    ['data/held-out.json', 2, []],
  ]);
  expect(report.files[0].lookAlikes).toEqual([['Dog', 'dog']]);
  expect(report.duplicates.groups.map(({ kind, isBetweenFiles }) => [kind, isBetweenFiles])).toEqual([
    ['near', true],
    ['exact', false],
  ]);
  const page = await readFile(project.path('found/index.html'), 'utf8');
  for (const text of [page, await readFile(file, 'utf8')]) expect(text).not.toContain(project.folder);
  // Two groups of two pictures.
  expect(page.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(4);
});

it('writes label files anew without copies and what cannot be used, and all else as it was', async () => {
  const folder = project.path('cleaned/more');
  const { status, out, err } = await inspect(train, val, '--write', folder);
  expect([status, err]).toEqual([3, expect.stringContaining('The written label file leaves them out.')]);
  expect(out).toContain(
    `${folder}/messy.json: 4 images; left out: 1 unusable, 1 exact copy, 0 near copies\n`,
  );
  const cleaned = await json<Record<string, unknown>>(`${folder}/messy.json`);
  const before = await json<Record<string, unknown> & { images: unknown[] }>(train);
  expect({ ...cleaned, images: 0 }).toEqual({ ...before, images: 0 });
  const { images } = await readLabelFile(`${folder}/messy.json`, { unknownLabels: 'error' });
  const listed = (await readLabelFile(train, { missingImages: 'keep' })).images;
  const left = [0, 1, 2, 5];
  expect(images.map(({ path, labels, unknown }) => ({ path, labels, unknown }))).toEqual(
    left.map((i) => ({ path: listed[i].path, labels: listed[i].labels, unknown: listed[i].unknown })),
  );
  expect(await json(`${folder}/held-out.json`)).toEqual({
    classes: ['cat', 'dog', 'Dog'],
    unlisted: 'unknown',
    images: [['../../data/images/val-00001.png', ['Dog']]],
  });
  expect(await inspect(`${folder}/messy.json`, `${folder}/held-out.json`)).toMatchObject({
    status: 0,
    out: expect.stringContaining('duplicates: none\n'),
  });
});

it('leaves out what is to be left out alone', async () => {
  const file = project.path('some.json');
  await inspect(train, '--write', file, '--leave-out', 'exact');
  const { images } = await json<{ images: [string][] }>(file);
  expect(images.map(([name]) => name)).toEqual(
    ['train-00000', 'train-00001', 'train-00002', 'text', 'train-00003'].map(
      (name) => `data/images/${name}.png`,
    ),
  );
});

it('takes the label files and the limit of a config', async () => {
  const config = project.path('tiny.yaml');
  const settings = (await readFile(config, 'utf8')).replace('workers: 0', 'workers: 0\n  maxPixels: 1599');
  const limited = await project.write('limited.yaml', settings);
  const { status, out, err } = await inspect('--config', limited);
  expect(status).toBe(3);
  expect(out).toContain(`${project.path('data/val.json')}: 6 images`);
  expect(err).toContain('14 of 14 images cannot be used');
  const other = await inspect(val, '--config', limited, '--max-pixels', '4096');
  expect([other.status, other.out.includes('data/val.json')]).toEqual([0, false]);
  const set = ['--set', 'data.maxPixels=4096'];
  expect((await inspect(val, '--config', limited, ...set)).status).toBe(0);
  const alone = await inspect(val, ...set);
  expect([alone.status, alone.err]).toEqual([2, expect.stringContaining('--set works only with --config')]);
});

it('finds images that are alike by the features of a model, besides duplicates', async () => {
  const [file, folder] = [project.path('alike.json'), project.path('alike')];
  const config = ['--config', project.path('tiny.yaml'), '--features', '--cosine', '0.0001'];
  const { status, out } = await inspect(train, ...config, '--json', file, '--report', folder);
  expect(status).toBe(3);
  const { alike, duplicates } = await json<DataReport>(file);
  expect(alike?.cosine).toBe(0.0001);
  expect(out).toContain(`similar features (cosine 0.0001 or more): ${alike!.groups.length || 'none'}`);
  // The copy stands for its image, which is compared; the one that cannot be read is not.
  const images = alike!.groups.flatMap((group) => group.images.map(({ image }) => image));
  for (const not of ['images/same.png', 'images/text.png']) expect(images).not.toContain(not);
  expect(duplicates.groups).toHaveLength(1);
  expect(await readFile(`${folder}/index.html`, 'utf8')).toContain('<h2 id="alike">Similar images</h2>');
  const absent = await inspect(train, '--model', project.path('no-model'));
  expect([absent.status, absent.err]).toEqual([4, expect.stringContaining('no-model')]);
});

it.each<[argv: (project: Project) => string[], said: string]>([
  [() => [], 'No label file was given.'],
  [() => [train, '--quick', '--write', 'x.json'], "'--quick' cannot be used with option '--write <path>'"],
  [() => [train, '--leave-out', 'exact'], '--leave-out works only with --write'],
  [() => [train, '--write', 'x.json', '--leave-out', 'blurred'], 'unreadable, exact, near'],
  [() => [train, val, '--write', 'x.json'], '--write is one file, x.json, but there are 2 label files'],
  [() => [train, train, '--write', 'x'], '--write would write messy.json twice'],
  [() => [train, '--write', train], 'is an input file and would be overwritten'],
  [() => [train, '--write', 'x.json', '--json', 'x.json'], '--write and --json write the same file'],
  [() => [train, '--json', train], 'is an input file and would be overwritten'],
  [() => [train, '--features'], '--features works only with --config'],
  [() => [train, '--similarity', '2'], 'a number from 0 to 1'],
])('refuses what makes no sense: %#', async (argv, said) => {
  const { status, out, err } = await inspect(...argv(project));
  expect([status, out, err]).toEqual([2, '', expect.stringContaining(said)]);
});

it('writes nothing where nothing would be left', async () => {
  const copy = await project.labelFile('copy.json', () => ['cat'], {
    images: 1,
    replace: { 0: 'images/same.png' },
  });
  const { status, err } = await inspect(train, copy, '--write', project.path('nothing'));
  expect([status, err]).toEqual([3, expect.stringContaining('No images of')]);
  await expect(readFile(project.path('nothing/messy.json'))).rejects.toThrow();
});
