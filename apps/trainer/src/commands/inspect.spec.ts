import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { labelsMetadata, serialiseSafetensors } from '@polytag/checkpoints';
import {
  augmentationSchema,
  augmentImage,
  decodeImage,
  readLabelFile,
  readImage,
  resizeBilinear,
} from '@polytag/datasets';
import { polytagTrain, Project, set } from '../project.fixture.js';

/** A label that is not among the classes. */
const STRANGE = { classes: ['cat', 'dog'], images: [['images/train-00000.png', ['bird']]] };

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

it('counts labels, images without any and labels that no image has', async () => {
  const labels = [['dog'], ['dog', 'dog', 'cat'], [], ['dog', 'bird'], ['cat']];
  const file = await project.labelFile('few.json', (i) => labels[i], {
    images: 5,
    classes: ['cat', 'dog', 'zebra'],
  });
  const { status, out, err } = await polytagTrain('inspect', 'data', file);
  expect([status, err]).toEqual([0, '']);
  expect(out.split('\n')).toEqual([
    `${file}: 5 images, 3 labels, 1.00 labels per image`,
    '  images by number of labels: 0: 1, 1: 3, 2: 1',
    '  1 image without a label',
    '  labels without an image: zebra',
    '  labels that are not in "classes": bird (1)',
    '  label  images  occurrences',
    '  dog         3            4',
    '  cat         2            2',
    '  zebra       0            0',
    'found in data/few.json',
    '  labels with fewer than 10 images: cat (2), dog (3)',
    expect.stringMatching(/^ {2}usable pictures: 5 /),
    expect.stringMatching(/^ {2}width 40 to 40/),
    'duplicates: none',
    '',
  ]);
});

it('opens the images and names those that cannot be used, unless it is to be quick', async () => {
  const text = await project.write('data/images/text.png', 'moved elsewhere');
  const replace = { 1: 'images/text.png', 6: 'images/lost.png' };
  const file = await project.labelFile('bad.json', () => ['dog'], { replace });
  const { status, out, err } = await polytagTrain('inspect', 'data', file);
  expect(status).toBe(3);
  expect(out).toContain('8 images, 2 labels');
  expect(err).toContain(`error: ${text} is a text file, not a JPEG, PNG or WebP. (data/not-an-image)`);
  expect(err).toContain('lost.png was not found.');
  expect(err).toContain('2 of 8 images cannot be used');
  const broken = await project.labelFile('text.json', () => ['dog'], { replace: { 1: 'images/text.png' } });
  expect(await polytagTrain('inspect', 'data', broken, '--quick')).toMatchObject({ status: 0, err: '' });
});

it('names each bad image once, and takes --max-pixels before data.maxPixels', async () => {
  await project.write('data/images/empty.png', '');
  const replace = { 1: 'images/empty.png', 3: 'images/gone.png' };
  const train = await project.labelFile('bad-train.json', () => ['dog'], { replace });
  const bad = await polytagTrain('inspect', 'data', train);
  for (const name of ['empty.png', 'gone.png']) expect(bad.err.split(name)).toHaveLength(2);
  const good = await project.labelFile('good.json', () => ['dog']);
  // The images have 40 x 40 pixels.
  const inspect = (...more: string[]) =>
    polytagTrain(
      'inspect',
      'config',
      project.path('tiny.yaml'),
      ...set('data.maxPixels=1599', `data.train=${good}`, `data.val=${good}`),
      ...more,
    );
  expect(await inspect('--max-pixels', '1600')).toMatchObject({ status: 0, err: '' });
  const { status, err } = await inspect();
  expect(status).toBe(3);
  expect(err).toContain('train-00000.png has 40 x 40 pixels; the limit is 0.001599 million pixels.');
  const data = await polytagTrain('inspect', 'data', good, '--max-pixels', '1599');
  expect(data.status).toBe(3);
  expect(data.err.match(/data\/image-too-large/g)).toHaveLength(8);
});

it('shows a config with every default, and its label files', async () => {
  const { status, out } = await polytagTrain(
    'inspect',
    'config',
    project.path('tiny.yaml'),
    ...set('seed=9'),
  );
  expect(status).toBe(0);
  expect(out).toContain('seed: 9\n');
  expect(out).toContain('weightDecay: 0.0005\n');
  expect(out).toContain(`${project.path('data/train.json')}: 8 images, 16 labels`);
  expect(out).toContain(`${project.path('data/val.json')}: 6 images, 16 labels`);
});

describe('inspect config refuses what fit refuses, without opening images', () => {
  it.each<[assignments: string[], status: number, said: string]>([
    [['model.head.name=liner'], 2, 'unknown head'],
    [
      ['model.backbone.options.widthMultiplyer=1'],
      2,
      'Did you mean "model.backbone.options.widthMultiplier"',
    ],
    [['loss.name=bce'], 2, 'code: usage/space-mismatch'],
    [['model.weights=imagnet'], 2, 'imagnet'],
    [['model.weights=lost.safetensors'], 4, 'lost.safetensors'],
    [['model.weights=tiny.yaml'], 4, 'tiny.yaml'],
    [['data.sampler=ballanced'], 2, 'data.sampler'],
    [['training.freeze=["layer9"]'], 2, 'code: usage/unknown-layer'],
    [['data.val=null', 'training.findLearningRate.mode=tpe'], 2, 'code: usage/no-validation'],
    [['training.findLearningRate.mode=range'], 2, 'code: usage/range-test-too-short'],
    [['training.features=true', 'data.augment.cutout.factor=0.5'], 2, 'code: usage/features-augment'],
    [['data.train=strange.json', 'data.val=pets.json'], 3, 'code: data/unknown-label'],
    [['data.train=pets.json'], 3, 'code: data/classes-differ'],
  ])('%j', async (assignments, status, said) => {
    await project.write('data/strange.json', JSON.stringify(STRANGE));
    await project.labelFile('pets.json', () => ['dog']);
    const file = project.path('tiny.yaml');
    const given = assignments.map((one) =>
      one.replace(/=(.*\.(?:safetensors|yaml))$/, `=${project.path('$1')}`),
    );
    const found = await polytagTrain('inspect', 'config', file, '--quick', ...set(...given));
    expect([found.status, found.err]).toEqual([status, expect.stringContaining(said)]);
    const out = project.path('runs', 'refused');
    const trained = await polytagTrain('fit', '--config', file, '--out', out, ...set(...given));
    expect(trained.status).toBe(status);
    expect(trained.err).toContain(found.err);
  });
});

it('lists the published weights, with where each comes from', async () => {
  const { status, out } = await polytagTrain('inspect', 'weights');
  expect(status).toBe(0);
  expect(out).toMatch(
    /mobilenet-v3-small +imagenet +torchvision +1 +224 +imagenet +symmetric +- +10\.3 +047dcff4…/,
  );
  expect(out).toMatch(
    /tresnet-l +coco +reference +1 +448 +unit +symmetric +ml-decoder, 80 classes +- +not published/,
  );
  expect(out).toContain('licence: MIT (repository); from MODEL_ZOO.md of Alibaba-MIIL/ML_Decoder');
});

describe('inspect images', () => {
  const inspect = (...more: string[]) =>
    polytagTrain('inspect', 'images', project.path('tiny.yaml'), ...more);

  it('draws images as they are and as the first epochs see them', async () => {
    const file = project.path('sheets', 'sheet.png');
    const { status, out } = await inspect(
      '--out',
      file,
      ...set('data.augment.randAugment=true', 'data.augment.cutout.factor=0.5', 'data.augment.mix=true'),
    );
    expect(status).toBe(0);
    expect(out).toContain(`${file}: 8 images of ${project.path('data/train.json')}, one per row\n`);
    expect(out).toContain('row 3: images/train-00002.png\n');
    expect(out).toContain('not shown: data.augment.mix');

    // 32 pixels a tile and 4 between: 8 rows, the image itself and 7 epochs.
    const sheet = await decodeImage(await readFile(file), 'the sheet');
    expect([sheet.height, sheet.width]).toEqual([8 * 36 + 4, 8 * 36 + 4]);
    const tile = (row: number, column: number) =>
      Array.from({ length: 32 }, (_, y) => {
        const start = ((4 + row * 36 + y) * sheet.width + 4 + column * 36) * 3;
        return [...sheet.pixels.subarray(start, start + 32 * 3)];
      }).flat();
    const { images } = await readLabelFile(project.path('data/train.json'));
    const size = { height: 32, width: 32 };
    const original = { pixels: resizeBilinear(await readImage(images[5].path), size), ...size };
    expect(tile(5, 0)).toEqual([...original.pixels]);
    const augment = augmentationSchema.parse({ randAugment: true, cutout: { factor: 0.5 } });
    for (const epoch of [0, 6]) {
      const seen = augmentImage(original, 5, { augment, flipProbability: 0.5, seed: 1, epoch });
      expect(tile(5, epoch + 1)).toEqual([...seen.pixels]);
    }
  });

  it('refuses settings that make no sense', async () => {
    const wrong = await inspect(...set('data.augment.cutout.facter=0.5'));
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining('data.augment.cutout.factor')]);
  });
});

describe('inspect network', () => {
  it('shows what each part of the model holds and multiplies', async () => {
    const config = project.path('tiny.yaml');
    const { status, out } = await polytagTrain('inspect', 'network', config);
    expect(status).toBe(0);
    const [title, ...lines] = out.trimEnd().split('\n');
    expect(title).toBe('mobilenet-v3-small + linear, 16 labels, 32 x 32 pixels; multiply-adds per image');
    const rows = lines.map((line) => line.trim().split(/ {2,}/));
    // A 3x3 convolution of 3 colours to 8 channels, at full resolution below 100 pixels, and its batch norm.
    expect(rows.find(([part]) => part === 'features.0')).toEqual([
      'features.0',
      '32 x 32 x 8',
      String(27 * 8 + 16),
      (27 * 8 * 32 * 32).toLocaleString('en-US'),
    ]);
    const numbers = rows.slice(1).map((row) => row.slice(-2).map((cell) => Number(cell.replaceAll(',', ''))));
    const all = numbers.pop()!;
    const sums = [0, 1].map((column) => numbers.reduce((sum, row) => sum + row[column], 0));
    expect(sums).toEqual(all);
  });
});

describe('inspect weights FILE', () => {
  it('shows the tensors of a file, its classes, and which published file it is', async () => {
    const file = project.path('own.safetensors');
    const tensors = {
      'fc.weight': { shape: [2, 3], data: new Float32Array(6) },
      'fc.bias': { shape: [2], data: new Float32Array(2) },
    };
    await writeFile(file, serialiseSafetensors(tensors, labelsMetadata(['cat', 'dog'])));
    const { status, out } = await polytagTrain('inspect', 'weights', file);
    expect(status).toBe(0);
    expect(out.split('\n')).toEqual([
      `${file}: safetensors, 2 tensors, 8 values`,
      '  labels: 2, from cat to dog',
      '  tensor     type  shape',
      '  fc.weight  F32   2 x 3',
      '  fc.bias    F32   2',
      '',
    ]);
  });

  it('shows those of a model folder, and of the best one of a run folder', async () => {
    const folder = project.path('run/best');
    await mkdir(folder, { recursive: true });
    const file = project.path('run/best/model.safetensors');
    const tensors = { 'fc.bias': { shape: [2], data: new Float32Array(2) } };
    await writeFile(file, serialiseSafetensors(tensors, labelsMetadata(['cat', 'dog'])));
    const expected = await polytagTrain('inspect', 'weights', file);
    expect(expected.status).toBe(0);
    for (const given of [folder, project.path('run')])
      expect(await polytagTrain('inspect', 'weights', given)).toEqual(expected);
  });

  it('refuses what is no weight file', async () => {
    const { status, err } = await polytagTrain('inspect', 'weights', project.path('tiny.yaml'));
    expect([status, err]).toEqual([4, expect.stringContaining('code: checkpoint/format')]);
  });
});

it.each([
  ['dta', "unknown command 'dta'\n(Did you mean data?)"],
  ['train.json', "unknown command 'train.json'"],
])('refuses the command %s', async (word, said) => {
  const { status, err } = await polytagTrain('inspect', word);
  expect([status, err]).toEqual([2, expect.stringContaining(said)]);
});

describe('the forms with flags', () => {
  const outputOf = async (...argv: string[]) => {
    const { status, out, err } = await polytagTrain('inspect', ...argv);
    return { status, out, err };
  };

  it.each<[flags: string[], words: string[]]>([
    [
      ['--data', 'DATA', '--quick'],
      ['data', 'DATA', '--quick'],
    ],
    [
      ['--config', 'CONFIG', '--quick', ...set('seed=9')],
      ['config', 'CONFIG', '--quick', ...set('seed=9')],
    ],
    [
      ['--config', 'CONFIG', '--network'],
      ['network', 'CONFIG'],
    ],
    [
      ['--data', 'DATA', '--json', 'FOUND', '--report', 'PAGE', '--write', 'CLEANED'],
      ['data', 'DATA', '--json', 'FOUND', '--report', 'PAGE', '--write', 'CLEANED'],
    ],
    [['--pretrained'], ['weights']],
    [
      ['--config', 'CONFIG', '--augmented', '--out', 'SHEET'],
      ['images', 'CONFIG', '--out', 'SHEET'],
    ],
  ])('%j do what %j does', async (flags, words) => {
    const paths: Record<string, string> = {
      DATA: project.path('data/train.json'),
      CONFIG: project.path('tiny.yaml'),
      SHEET: project.path('same.png'),
      FOUND: project.path('found.json'),
      PAGE: project.path('page'),
      CLEANED: project.path('cleaned.json'),
    };
    const named = (argv: string[]) => argv.map((word) => paths[word] ?? word);
    const expected = await outputOf(...named(words));
    expect(expected.status).toBe(0);
    expect(await outputOf(...named(flags))).toEqual(expected);
  });
});

it.each([
  [['--quick', 'data', 'DATA'], '--quick must come after "data".'],
  [['--data', 'DATA', 'data', 'DATA'], '--data must come after "data".'],
  [['--config', 'CONFIG', '--report', 'PAGE'], '--report works only with inspect data.'],
  [['--data', 'DATA', '--quick', '--report', 'PAGE'], "'--quick' cannot be used with option '--report"],
  [[...set('seed=9'), 'network', 'CONFIG'], '--set must come after "network".'],
])('refuses %j, whose option would say nothing', async (argv, said) => {
  const { status, out, err } = await polytagTrain('inspect', ...argv);
  expect([status, out, err]).toEqual([2, '', expect.stringContaining(said)]);
});

it('reads a label file in the encoding that is named, and names the option where it is another', async () => {
  const file = project.path('data/latin1.json');
  const text = JSON.stringify(JSON.parse(await readFile(project.path('data/val.json'), 'utf8')));
  await writeFile(file, Buffer.from(text.replace('"classes":[', '"classes":["caf\xe9",'), 'latin1'));
  const refused = await polytagTrain('inspect', 'data', file, '--quick');
  expect([refused.status, refused.err]).toEqual([3, expect.stringContaining('Add --encoding windows-1252')]);
  const read = await polytagTrain('inspect', 'data', file, '--quick', '--encoding', 'latin1');
  expect([read.status, read.out]).toEqual([0, expect.stringContaining('caf\xe9')]);
});

it('names look-alike labels, and with a config images that both parts have, by content', async () => {
  await copyFile(project.path('data/images/train-00003.png'), project.path('data/images/copy.png'));
  const options = {
    images: 3,
    classes: ['Cat', 'cat'],
    replace: { 1: 'images/copy.png', 2: 'images/val-00001.png' },
  };
  const file = await project.labelFile('leaky.json', () => ['cat'], options);
  const alone = await polytagTrain('inspect', 'data', file);
  expect(alone.out).toContain('labels that look alike are separate labels: "Cat" and "cat"');
  expect(alone.out).not.toContain('training images too');
  const train = await project.labelFile('known.json', () => [], { images: 8, classes: ['Cat', 'cat'] });
  const settings = set(`data.train=${train}`, `data.val=${file}`);
  const { out } = await polytagTrain('inspect', 'config', project.path('tiny.yaml'), ...settings);
  expect(out).toContain(
    'warning: 2 of the 3 validation images (leaky.json) have the same content as training images: ' +
      '"images/train-00000.png", "images/copy.png" (in training "images/train-00003.png")',
  );
});

it('names an image that is not there', async () => {
  const file = await project.labelFile('lost.json', () => [], { replace: { 1: 'images/lost.png' } });
  const { status, err } = await polytagTrain('inspect', 'data', file);
  expect(status).toBe(3);
  expect(err).toContain('images/lost.png was not found.');
});
