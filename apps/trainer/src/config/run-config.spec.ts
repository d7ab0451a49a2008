import { writeFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { trainingSettingsSchema } from '@polytag/training/settings';
import { weightsWarnings } from './known-weights.js';
import { checkRunConfig, loadRunConfig } from './load-run-config.js';

const parts = { model: { backbone: { name: 'mobilenet-v3-small' }, head: { name: 'linear' } } };

it('has these defaults', async () => {
  expect(await checkRunConfig(parts, [], 'here')).toEqual({
    seed: 5,
    engine: 'wasm',
    native: 'auto',
    data: {
      root: '.',
      train: 'train.json',
      val: 'val.json',
      height: 224,
      width: 224,
      resize: 'stretch',
      flip: 0.5,
      augment: { crop: false, randAugment: false, colourJitter: false, cutout: false, mix: false },
      workers: 1,
      prefetchBatches: 2,
      sampler: 'shuffle',
      unknownLabels: 'error',
      badImages: 'fail',
      maxPixels: 64_000_000,
    },
    model: { ...parts.model, expectWeights: 'backbone' },
    // On what the linear head gives: logits.
    loss: { name: 'asl' },
    // The settings of the loop have a spec of their own, in @polytag/training.
    training: {
      ...trainingSettingsSchema.parse({}),
      batchSize: 32,
      findLearningRate: false,
      features: false,
    },
    mutual: { models: [] },
    log: { tensorboard: true },
  });
  expect((await checkRunConfig({ ...parts, data: { scenes: {} } }, [], 'here')).data.scenes).toEqual({
    train: 2000,
    validation: 500,
    seed: 1,
    size: 128,
  });
});

it.each([
  [{ name: 'class-token' }, 'asl'],
  [{ name: 'linear', options: { space: 'cosines' } }, 'aam-asl'],
  [{ module: './head.mjs' }, 'aam-asl'],
  [{ module: './head.mjs', options: { space: 'logits' } }, 'asl'],
])('takes a loss that fits the head %j', async (head, name) => {
  const model = { ...parts.model, head };
  expect((await checkRunConfig({ model }, [], 'here')).loss).toEqual({ name });
  const bce = { name: 'bce' };
  expect((await checkRunConfig({ model, loss: bce }, [], 'here')).loss).toEqual(bce);
});

describe('paths', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-paths-'));
    await mkdir(join(folder, 'parts'));
    await writeFile(join(folder, 'parts/head.mjs'), '');
    await writeFile(
      join(folder, 'own.yaml'),
      `data: { root: photos }
model:
  backbone: { module: own-backbones }
  head: { module: parts/head.mjs }
  labelGraph: { wordVectors: { npy: words.npy } }
  weights: weights/start.safetensors
loss: { module: ./loss.mjs }
`,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('of a config file are relative to it; a name that is no file is a package', async () => {
    const { data, model, loss } = await loadRunConfig(join(folder, 'own.yaml'));
    expect(data).toMatchObject({ root: join(folder, 'photos'), train: 'train.json' });
    expect(model).toMatchObject({
      backbone: { module: 'own-backbones' },
      head: { module: join(folder, 'parts/head.mjs') },
      labelGraph: { wordVectors: { npy: join(folder, 'words.npy') } },
      weights: join(folder, 'weights/start.safetensors'),
    });
    expect(loss).toEqual({ module: join(folder, 'loss.mjs') });
  });

  it('of --set are relative to the working folder', async () => {
    const config = await loadRunConfig(join(folder, 'own.yaml'), ['data.root=elsewhere']);
    expect(config.data.root).toBe(resolve('elsewhere'));
  });
});

describe('weights', () => {
  const settled = (...assignments: string[]) => checkRunConfig(parts, assignments, 'a.yaml');

  it('by name fill in what they were trained with, once and again', async () => {
    const config = await settled(
      'model.weights=imagenet',
      'mutual.models=[{backbone: {name: efficientnet-v2-s}, head: {name: linear}, weights: imagenet21k}]',
    );
    expect(config.model).toMatchObject({
      weights: 'imagenet',
      backbone: { options: { layout: 'torchvision', padding: 'symmetric', epsilon: 1e-3 } },
    });
    expect(config.mutual.models[0]).toMatchObject({
      weights: 'imagenet21k',
      backbone: { options: { padding: 'same', epsilon: 1e-3, normalisation: 'half' } },
    });
    const { model, mutual } = await checkRunConfig(config, [], 'again');
    expect({ model, mutual }).toEqual({ model: config.model, mutual: config.mutual });
  });

  it('by address stay as they are; a path is made absolute', async () => {
    for (const [weights, kept] of [
      ['https://example.org/a.pth', 'https://example.org/a.pth'],
      ['./imagenet', resolve('imagenet')],
      ['imagenet.pth', resolve('imagenet.pth')],
      ['package.json', resolve('package.json')],
    ])
      expect((await settled(`model.weights=${weights}`)).model).toEqual({
        ...parts.model,
        expectWeights: 'backbone',
        weights: kept,
      });
  });

  it('by a known address fill in what they were trained with, where the config does not say it', async () => {
    const known = 'https://download.pytorch.org/models/mobilenet_v3_small-047dcff4.pth';
    const config = await settled(`model.weights=${known}`);
    expect(config.model.backbone.options).toEqual({
      layout: 'torchvision',
      padding: 'symmetric',
      epsilon: 1e-3,
      normalisation: 'imagenet',
    });
    expect(await weightsWarnings(config)).toEqual([]);
    const other = await settled(
      `model.weights=${known}`,
      'data.normalisation=half',
      'model.backbone.options.padding=same',
    );
    expect([other.data.normalisation, other.model.backbone.options]).toMatchObject([
      'half',
      { padding: 'same' },
    ]);
    expect(await weightsWarnings(other)).toEqual([
      'warning: model.weights (imagenet of mobilenet-v3-small) were trained with other image settings, and scores ' +
        'will be worse: model.backbone.options.padding is same (trained with symmetric); data.normalisation is half (trained with ' +
        "imagenet). Add --set 'model.backbone.options.padding=symmetric' --set 'data.normalisation=imagenet'",
    ]);
  });

  it.each([
    ['model.weights=imagnet', 'usage/unknown-weights', 'a.yaml: "model.weights" is "imagnet"'],
    ['model.weights=coco', 'usage/unknown-weights', 'mobilenet-v3-small has no weights of that name'],
    ['model.weightsSha256=abc', 'usage/invalid', 'model.weightsSha256'],
  ])('are refused: %s', async (assignment, code, message) => {
    await expect(settled(assignment)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('that a config contradicts are refused', async () => {
    await expect(settled('model.weights=imagenet', 'data.normalisation=half')).rejects.toMatchObject({
      code: 'usage/weights-differ',
      message: expect.stringContaining('a.yaml: "data.normalisation" is'),
    });
  });

  it('have labels in an order that is said in three ways', async () => {
    expect((await settled('model.weightsLabels=sorted')).model.weightsLabels).toBe('sorted');
    expect((await settled('model.weightsLabels=[b, a]')).model.weightsLabels).toEqual(['b', 'a']);
    expect((await settled('model.weightsLabels=names.txt')).model.weightsLabels).toBe(resolve('names.txt'));
  });
});

describe('models for mutual learning', () => {
  let folder: string;
  const config = () => join(folder, 'run.yaml');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-mutual-'));
    await mkdir(join(folder, 'other'));
    await writeFile(
      config(),
      `model: { backbone: { name: mobilenet-v3-small }, head: { name: linear } }
training: { sam: { rho: 0.1 }, learningRate: 0.3, weightDecay: 0.25, freeze: [features] }
mutual:
  models:
    - { backbone: { name: mobilenet-v3-large }, head: { module: ./head.mjs }, weights: large.safetensors }
    - backbone: { name: mobilenet-v3-small }
      head: { name: linear }
      training: { optimiser: { name: adamw } }
    - other/run.yaml
`,
    );
    await writeFile(
      join(folder, 'other/run.yaml'),
      `model: { backbone: { name: mobilenet-v3-large }, head: { name: gcn }, labelGraph: { wordVectors: { npy: words.npy } } }
data: { root: elsewhere }
training: { epochs: 7, learningRate: 0.9, schedule: { name: constant } }
`,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are sections or paths of configs, with paths of their own and the settings of the run', async () => {
    const { mutual, data, training } = await loadRunConfig(config(), ['training.sam.adaptive=true']);
    const [section, adamw, file] = mutual.models;
    expect(section).toMatchObject({
      head: { module: join(folder, 'head.mjs') },
      weights: join(folder, 'large.safetensors'),
      expectWeights: 'backbone',
    });
    // The main model's, `--set` included; one setting of its own; another run's, but for the learning rate.
    expect(section.training).toEqual({
      optimiser: training.optimiser,
      sam: { rho: 0.1, adaptive: true },
      schedule: training.schedule,
      warmUp: false,
      weightDecay: 0.25,
      noBiasDecay: true,
      clipGradient: 0,
      freeze: [],
      freezeEpochs: 0,
      frozenBatchNorm: 'running',
      rateFactors: {},
      layerDecay: 1,
    });
    expect(adamw.training).toMatchObject({ optimiser: { name: 'adamw', beta2: 0.999 }, weightDecay: 0.25 });
    expect(file).toMatchObject({
      backbone: { name: 'mobilenet-v3-large' },
      labelGraph: { wordVectors: { npy: join(folder, 'other/words.npy') } },
      training: { schedule: { name: 'constant' }, weightDecay: 0.25 },
    });
    expect(data.root).toBe('.');
  });

  it('are named by paths on the command line too, relative to the working folder', async () => {
    const path = join(folder, 'other/run.yaml');
    for (const named of [path, relative(process.cwd(), path)]) {
      const { mutual } = await loadRunConfig(config(), [`mutual.models=[${named}]`]);
      expect(mutual.models).toMatchObject([
        { head: { name: 'gcn' }, labelGraph: { wordVectors: { npy: join(folder, 'other/words.npy') } } },
      ]);
    }
  });

  it('keep what they have when the resolved config is read again', async () => {
    const resolved = await loadRunConfig(config());
    expect((await checkRunConfig(resolved, [], 'again')).mutual).toEqual(resolved.mutual);
  });

  it.each([
    ['mutual.models.0.backbone={name: 3}', /mutual\.models\.0\.backbone/],
    ['mutual.models.1.training.optimizer=1', /mutual\.models\.1\.training/],
    ['mutual.models.1.training.learningRate=1', /mutual\.models\.1\.training/],
    ['mutual.models=[absent.yaml]', /absent\.yaml/],
  ])('are refused by their path: %s', async (assignment, message) => {
    await expect(loadRunConfig(config(), [assignment])).rejects.toThrow(message);
  });
});

describe('a weight file', () => {
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'polytag-'));
    await mkdir(join(place, 'run/best'), { recursive: true });
    for (const name of ['run/best/model.safetensors', 'own.pth']) await writeFile(join(place, name), '');
  });
  afterAll(() => rm(place, { recursive: true }));

  const modelWith = async (weights: string, ...more: string[]) => {
    const values = {
      model: { backbone: { name: 'mobilenet-v3-small' }, head: { name: 'linear' }, weights: 'imagenet' },
    };
    return (await checkRunConfig(values, [`model.weights=${weights}`, ...more], 'command line')).model;
  };

  it('keeps the layout of the published weights whose place it takes', async () => {
    const own = join(place, 'own.pth');
    // Of the published weights of this backbone, the first are in the layout of torchvision.
    expect(await modelWith(own)).toMatchObject({
      weights: own,
      backbone: { options: { layout: 'torchvision' } },
    });
    // A config that a run has written has what they filled in; of a file nobody has said it.
    const settled = await checkRunConfig(
      { model: { backbone: { name: 'mobilenet-v3-small' }, head: { name: 'linear' }, weights: 'imagenet' } },
      [],
      'init',
    );
    const again = await checkRunConfig(settled, [`model.weights=${own}`], 'command line');
    expect(again.model.backbone.options).toEqual({ layout: 'torchvision', widthMultiplier: 1 });
    const said = await modelWith(own, 'model.backbone.options.layout=timm');
    expect(said.backbone.options).toEqual({ layout: 'timm' });
    const other = await modelWith(own, 'model.backbone.name=efficientnet-v2-s');
    expect(other.backbone.options).toBeUndefined();
  });

  it('is found in a model folder and in a run folder', async () => {
    const file = join(place, 'run/best/model.safetensors');
    for (const name of ['run', 'run/best', 'run/best/'])
      expect((await modelWith(join(place, name))).weights).toBe(file);
  });
});
