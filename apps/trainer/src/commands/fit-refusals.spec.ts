import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagTrain, Project, set } from '../project.fixture.js';

/** A JPEG of 16 x 16 pixels. */
const JPEG = Buffer.from(
  '/9j/2wBDACgoKCgrKC0yMi0/RDxEP11VTk5VXYxkbGRsZIzVhZuFhZuF1bzkua255Lz//+vr////////////////////////' +
    '2wBDASgoKCgrKC0yMi0/RDxEP11VTk5VXYxkbGRsZIzVhZuFhZuF1bzkua255Lz//+vr////////////////////////wg' +
    'ARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIQ' +
    'AxAAAABFP//EABsQAAIBBQAAAAAAAAAAAAAAAAAhARFBgcHx/9oACAEBAAE/AG1AjNivdn//xAAUEQEAAAAAAAAAAAAAAA' +
    'AAAAAA/9oACAECAQE/AH//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/AH//2Q==',
  'base64',
);

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

/** Trains on a label file of `data/` without scoring. */
const fitOn = (run: string, labels: string, ...more: string[]) =>
  project.fit(run, ...set(`data.train=${labels}`, 'data.val=null'), ...more);

const labelOf = (image: number) => [image % 2 ? 'cat' : 'dog'];

describe('data', () => {
  it('names an image that is not there', async () => {
    await project.labelFile('missing.json', labelOf, { replace: { 3: 'images/lost.png' } });
    const { status, out, err } = await fitOn('missing', 'missing.json');
    expect([status, out]).toEqual([3, '']);
    expect(err).toContain(`The image ${project.path('data/images/lost.png')} was not found.`);
    expect(err).toContain('code: data/image-missing');
  });

  it('reads the JPEG that the next test cuts off', async () => {
    await project.write('data/images/whole.jpg', JPEG);
    await project.labelFile('whole.json', labelOf, { replace: { 2: 'images/whole.jpg' } });
    expect((await fitOn('whole', 'whole.json')).status).toBe(0);
  });

  it.each([
    ['a JPEG that is cut off', 'cut.jpg', JPEG.subarray(0, 300), 'is truncated', 'data/image-truncated'],
    [
      'an SVG named .jpg',
      'drawing.jpg',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'is an SVG drawing, not a JPEG, PNG or WebP',
      'data/not-an-image',
    ],
    [
      'a text named .jpg',
      'note.jpg',
      Buffer.from('moved elsewhere\n'),
      'is a text file',
      'data/not-an-image',
    ],
    ['an empty file', 'empty.jpg', Buffer.alloc(0), 'is empty', 'data/not-an-image'],
  ])('names %s', async (_, name, bytes, said, code) => {
    await project.write(join('data/images', name), bytes);
    await project.labelFile(`${name}.json`, labelOf, { replace: { 5: `images/${name}` } });
    const { status, out, err } = await fitOn(name, `${name}.json`);
    expect([status, out]).toEqual([3, '']);
    expect(err).toContain(`${project.path('data/images', name)} ${said}`);
    expect(err).toContain(`code: ${code}`);
  });

  it('names a label that is not in the classes, and trains without it when told to', async () => {
    await project.labelFile('typo.json', (i) => (i === 4 ? ['cta'] : labelOf(i)));
    const { status, err } = await fitOn('typo', 'typo.json');
    expect(status).toBe(3);
    expect(err).toContain(
      `${project.path('data/typo.json')}: the image "images/train-00004.png" has the label "cta"`,
    );
    expect(err).toContain('code: data/unknown-label');
    expect((await fitOn('typo', 'typo.json', ...set('data.unknownLabels=ignore'))).status).toBe(0);
  });

  it('refuses a set without images', async () => {
    await project.labelFile('empty.json', labelOf, { images: 0 });
    const { status, err } = await fitOn('empty', 'empty.json');
    expect(status).toBe(3);
    expect(err).toContain(`${project.path('data/empty.json')} lists no images.`);
    expect(err).toContain('code: data/empty-set');
  });

  it('refuses a validation part with other classes', async () => {
    await project.labelFile('two.json', labelOf);
    const { status, err } = await project.fit('classes', ...set('data.train=two.json'));
    expect(status).toBe(3);
    expect(err).toContain(project.path('data/val.json'));
    expect(err).toContain('code: data/classes-differ');
  });

  it('refuses a label file that is missing or is not JSON', async () => {
    expect(await fitOn('none', 'none.json')).toMatchObject({
      status: 3,
      err: expect.stringContaining(project.path('data/none.json')),
    });
    await project.write('data/half.json', '{"classes": ["cat"],\n "images": [');
    expect(await fitOn('half', 'half.json')).toMatchObject({
      status: 3,
      err: expect.stringContaining(project.path('data/half.json')),
    });
  });

  it('trains on images without any label, and says how many there are', async () => {
    await project.labelFile('negative.json', () => []);
    const { status, err } = await fitOn('negative', 'negative.json');
    expect(status).toBe(0);
    expect(err).toContain('8 of them have no label');
  });
});

describe('config and options', () => {
  /** Data that nothing may read: a mistake in the config must come first. */
  const unread = ['data.root=does/not/exist'];

  it.each([
    ['an unknown key', ['trainig.epochs=3'], ['"trainig"', 'Did you mean "training"?', 'usage/unknown-key']],
    [
      'a misspelt inner key',
      ['training.learningrate=3'],
      ['"training.learningrate"', 'Did you mean "training.learningRate"?'],
    ],
    ['a value out of range', ['training.epochs=0'], ['"training.epochs" is 0', 'usage/invalid']],
    [
      'an unknown head',
      ['model.head={name: linaer}'],
      ['"model.head.name" is "linaer"', 'Did you mean "linear"?', 'usage/unknown-part'],
    ],
    [
      'an unknown option of a head',
      ['model.head.options.scalle=3'],
      ['"model.head.options.scalle"', 'Did you mean "model.head.options.scale"?'],
    ],
    [
      'a module that is not there',
      ['model.head={module: ./no-head.mjs}'],
      ['model.head.module', 'no-head.mjs was not found', 'usage/module-missing'],
    ],
    [
      'a package that is not installed',
      ['loss={module: no-such-loss}'],
      ['loss.module: the package "no-such-loss" was not found', 'usage/module-missing'],
    ],
    [
      'a loss on logits after a head of cosines',
      ['loss={name: bce}'],
      ['"linear" gives cosines', '"bce" is defined on logits', 'usage/space-mismatch'],
    ],
    ['an assignment without a value', ['training'], ['--set training', 'usage/set']],
  ])('refuses %s before data is read', async (_, assignments, said) => {
    const { status, out, err } = await project.fit('refused', ...set(...unread, ...assignments));
    expect([status, out]).toEqual([2, '']);
    for (const text of said) expect(err).toContain(text);
    expect(existsSync(project.path('runs', 'refused'))).toBe(false);
  });

  it('names the config file in its errors', async () => {
    const { err } = await project.fit('refused', ...set('seed=-1'));
    expect(err).toContain(`error: ${project.path('tiny.yaml')}: "seed" is -1`);
  });

  it('names line and column of a YAML error', async () => {
    const file = await project.write('broken.yaml', 'seed: 1\ndata: { root: data\nmodel: 3\n');
    const { status, err } = await polytagTrain('fit', '--config', file, '--out', project.path('runs/broken'));
    expect(status).toBe(2);
    expect(err).toMatch(/broken\.yaml:[23]:\d+: /);
    expect(err).toContain('code: usage/config-syntax');
  });

  it('says that a config file is missing', async () => {
    const file = project.path('none.yaml');
    const { status, err } = await polytagTrain('fit', '--config', file, '--out', project.path('runs/none'));
    expect(status).toBe(2);
    expect(err).toContain(`The config file ${file} was not found.`);
  });

  it.each([
    [['fit', '--confg', 'a.yaml', '--out', 'x'], '--config'],
    [['fit', '--config', 'a.yaml'], '--out'],
    [
      ['fit', '--config', 'a.yaml', '--train', 'b.json', '--out', 'x'],
      '--config cannot be combined with --train',
    ],
    [
      ['fit', '--config', 'a.yaml', '--recipe', 'features', '--out', 'x'],
      '--config cannot be combined with --train',
    ],
    [['fit', '--out', 'x'], 'Nothing to train on: give --config or --train'],
    [['fits', '--out', 'x'], 'fit'],
    [['inspect'], 'Nothing to inspect was given.'],
    [['init'], '--train'],
  ])('refuses %j', async (argv, said) => {
    const { status, out, err } = await polytagTrain(...argv);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });
});

describe('weights', () => {
  const weights = () => project.path('runs/scenes/best/model.safetensors');
  beforeAll(async () => {
    expect((await project.fit('scenes')).status).toBe(0);
    await project.labelFile('two.json', labelOf);
  });

  it('takes the backbone from a model with other classes, and says what it left', async () => {
    const { status, err } = await fitOn('fine', 'two.json', ...set(`model.weights=${weights()}`));
    expect(status).toBe(0);
    expect(err).toMatch(
      /weights: \d+ tensors from .*; 1 of the model are initialised randomly, 1 of the file are unused/,
    );
  });

  it('names both numbers of classes when all weights are expected to fit', async () => {
    const { status, out, err } = await fitOn(
      'exact',
      'two.json',
      ...set(`model.weights=${weights()}`, 'model.expectWeights=all'),
    );
    expect([status, out]).toEqual([4, '']);
    expect(err).toContain(`${weights()}: the weights have 16 labels, but the model has 2.`);
    expect(err).toContain('code: checkpoint/shape-mismatch');
  });

  it('refuses weights of another width, a missing file and a file of something else', async () => {
    const wide = ['model.backbone.options.widthMultiplier=0.5', `model.weights=${weights()}`];
    expect(await fitOn('wide', 'two.json', ...set(...wide))).toMatchObject({
      status: 4,
      err: expect.stringContaining('does not match the model'),
    });
    expect(await fitOn('lost', 'two.json', ...set('model.weights=lost.safetensors'))).toMatchObject({
      status: 4,
      err: expect.stringContaining('lost.safetensors'),
    });
    const text = await project.write('text.safetensors', 'not weights at all');
    expect(await fitOn('text', 'two.json', ...set(`model.weights=${text}`))).toMatchObject({
      status: 4,
      err: expect.stringContaining(text),
    });
  });
});

describe('the run folder', () => {
  const fitInto = (out: string) => polytagTrain('fit', '--config', project.path('tiny.yaml'), '--out', out);

  it('is no model folder and no folder of other files', async () => {
    expect((await project.fit('model')).status).toBe(0);
    for (const [folder, said] of [
      ['runs/model/best', 'is a model folder, not a run folder'],
      ['data', 'contains other files, e.g. '],
    ]) {
      const before = await readdir(project.path(folder));
      const { status, out, err } = await fitInto(project.path(folder));
      expect([status, out]).toEqual([2, '']);
      expect(err).toContain(`${project.path(folder)} ${said}`);
      expect(err).toContain('code: usage/foreign-folder');
      expect(await readdir(project.path(folder))).toEqual(before);
    }
  });

  it('of folds replaces no file of another program', async () => {
    await mkdir(project.path('runs/foreign'), { recursive: true });
    await project.write('runs/foreign/folds.json', '{"paper": "folded"}');
    const { status, err } = await project.fit('foreign', '--folds', '3');
    expect([status, err]).toEqual([2, expect.stringContaining('code: usage/foreign-file')]);
    expect(await readdir(project.path('runs/foreign'))).toEqual(['folds.json']);
  });

  it('may hold its log and its config', async () => {
    await mkdir(project.path('runs/noted'));
    await project.write('runs/noted/fit.log', '');
    await project.write('runs/noted/experiment.yaml', '');
    await project.write('runs/noted/config.yaml', '# my own');
    expect((await project.fit('noted')).status).toBe(0);
    expect(await readFile(project.path('runs/noted/config.before.yaml'), 'utf8')).toBe('# my own');
  });

  it.each([
    ['a file', 'taken', 'ENOTDIR', 'Part of the path is a file'],
    ['a link that leads to itself', 'loop/x', 'ELOOP', 'Symbolic links form a loop'],
    ['a name of 300 letters', 'x'.repeat(300), 'ENAMETOOLONG', 'Choose a shorter path'],
  ])('cannot be %s', async (_, name, code, hint) => {
    await project.write('taken', '');
    await rm(project.path('loop'), { force: true });
    await symlink('loop', project.path('loop'));
    const { status, out, err } = await fitInto(project.path(name));
    expect([status, out]).toEqual([7, '']);
    expect(err).toContain(`hint: ${hint}`);
    expect(err).toContain(`code: file/${code}`);
    expect(err).not.toContain('    at ');
  });
});
