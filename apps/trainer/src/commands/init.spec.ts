import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRunConfig, loadRunConfig } from '../config/load-run-config.js';
import { polytagTrain, Project, set } from '../project.fixture.js';
import { recipeConfig } from '../config/recipes.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

it('writes a config that fit accepts', async () => {
  const file = project.path('configs/own.yaml');
  const [train, val] = [project.path('data/train.json'), project.path('data/val.json')];
  const { status, out } = await polytagTrain('init', '--train', train, '--val', val, '--out', file);
  expect([status, out]).toEqual([
    0,
    `wrote ${file}\nnext: npx polytag-train fit --config ${file} --out runs/first\n`,
  ]);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(`polytag-train fit --config ${file} --out runs/first`);
  expect(text).toContain('root: ../data');
  expect(text).not.toContain(project.folder + '/data');
  expect(await loadRunConfig(file)).toEqual(await checkRunConfig(recipeConfig(train, val), [], 'init'));

  const small = ['training.epochs=1', 'training.batchSize=4', 'data.height=32', 'data.width=32'];
  const fit = await polytagTrain(
    ...['fit', '--config', file, '--out', project.path('runs/init')],
    ...set(...small, 'model.backbone.options={widthMultiplier: 0.25}'),
  );
  expect(fit.status).toBe(0);
});

it.each([
  ['features', 'corel5k-80-best'],
  ['features-best', 'voc-pool-features-best'],
])('writes the recipe %s, as it is kept among the experiments', async (recipe, experiment) => {
  const file = project.path(`${recipe}.yaml`);
  const files = ['--train', project.path('data/train.json'), '--val', project.path('data/val.json')];
  expect((await polytagTrain('init', '--recipe', recipe, ...files, '--out', file)).status).toBe(0);
  const written = await loadRunConfig(file);
  const best = await loadRunConfig(
    fileURLToPath(new URL(`../../../../configs/real/${experiment}.yaml`, import.meta.url)),
  );
  const partsOf = ({ training, loss, model: { head, views } }: typeof best) => [training, loss, head, views];
  expect(partsOf(written)).toEqual(partsOf(best));
  const imagesOf = ({ data: { height, width, flip } }: typeof best) => [height, width, flip];
  expect(imagesOf(written)).toEqual(imagesOf(best));
  // The experiments have weights of their own, which are normalised otherwise.
  expect(written.model).toMatchObject({
    backbone: { ...best.model.backbone, options: { layout: 'torchvision', padding: 'symmetric' } },
    weights: 'imagenet',
  });
});

it('writes the settings of the paper, as they are kept among the experiments, but for the weights', async () => {
  const file = project.path('paper.yaml');
  const train = project.path('data/train.json');
  expect((await polytagTrain('init', '--recipe', 'paper', '--train', train, '--out', file)).status).toBe(0);
  const { data, model, loss, training } = await loadRunConfig(file);
  const name = '../../../../configs/paper/voc-ml-decoder-efficientnet-v2-s.yaml';
  const kept = await loadRunConfig(fileURLToPath(new URL(name, import.meta.url)));
  expect([training, loss, model.head]).toEqual([kept.training, kept.loss, kept.model.head]);
  const { root, train: own, val } = data;
  expect(data).toEqual({ ...kept.data, root, train: own, val });
  expect(model.weights).toBe('imagenet21k');
});

it('writes how to go on from a run of features, beside it', async () => {
  const file = project.path('configs/finetune.yaml');
  const train = project.path('data/train.json');
  const argv = ['init', '--recipe', 'finetune', '--train', train, '--out', file];
  expect((await polytagTrain(...argv)).status).toBe(0);
  const { model, training } = await loadRunConfig(file);
  expect(model.weights).toBe(resolve('runs/features'));
  expect(training).toMatchObject({ freezeEpochs: 1, rateFactors: { backbone: 0.02 }, features: false });
  // The network is that of the recipe "features".
  const features = project.path('configs/features.yaml');
  expect(
    (await polytagTrain('init', '--recipe', 'features', '--train', train, '--out', features)).status,
  ).toBe(0);
  const before = await loadRunConfig(features);
  expect(before.model).toMatchObject({ backbone: model.backbone, head: model.head });
});

it.each([
  '2e5',
  '0x10',
  'true',
  '~',
  '*star',
  '1:30',
  "it's",
  'a: b',
  '- x',
  '#x',
  ' x ',
  'a\nb: c',
  '%YAML',
  '5e-4',
])('writes a config that is read back, of a folder and a file named %j', async (name) => {
  const out = project.path(join('names', `${name}.yaml`));
  const { status, out: told } = await polytagTrain(
    ...['init', '--train', project.path(join('names', name, `${name}.json`)), '--out', out],
  );
  expect([status, told.match(/\n/g)]).toEqual([0, ['\n', '\n']]);
  const { data } = await loadRunConfig(out);
  expect(data).toMatchObject({ root: project.path(join('names', name)), train: `${name}.json` });
});

it('writes one without a validation part', async () => {
  const file = project.path('unscored.yaml');
  expect((await polytagTrain('init', '--train', project.path('data/train.json'), '--out', file)).status).toBe(
    0,
  );
  expect((await loadRunConfig(file)).data).toMatchObject({ root: project.path('data'), val: null });
});

it('warns of validation images that are training images, and of label files that cannot be read', async () => {
  const [train, val] = [project.path('data/train.json'), project.path('data/val.json')];
  const init = (name: string, ...files: string[]) =>
    polytagTrain('init', ...files, '--out', project.path(name));
  expect((await init('apart.yaml', '--train', train, '--val', val)).err).toBe('');
  const same = await init('same.yaml', '--train', train, '--val', train);
  expect([same.status, same.err]).toEqual([
    0,
    'warning: all 8 validation images (train.json) are also training images: the score does not show how well the model does on new photographs\n',
  ]);
  const absent = await init('absent.yaml', '--train', train, '--val', project.path('data/absent.json'));
  expect([absent.status, absent.err]).toEqual([
    0,
    expect.stringMatching(/^warning: .*absent\.json was not found/),
  ]);
});

it('does not overwrite a file', async () => {
  const file = await project.write('taken.yaml', 'mine');
  const { status, err } = await polytagTrain('init', '--train', 'train.json', '--out', file);
  expect(status).toBe(2);
  expect(err).toContain(`${file} already exists.`);
  expect(await readFile(file, 'utf8')).toBe('mine');
});

it('refuses a pipe in the place of a label file at once, and writes nothing', async () => {
  const pipe = project.path('pipe.json');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const out = project.path('piped.yaml');
  const { status, err } = await polytagTrain('init', '--train', pipe, '--out', out);
  expect([status, err]).toEqual([3, expect.stringContaining('is a pipe, not a file')]);
  expect(existsSync(out)).toBe(false);
});
