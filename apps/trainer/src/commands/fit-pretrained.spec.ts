import { createServer, type Server } from 'node:http';
import { readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { openCheckpoint } from '@polytag/checkpoints';
import { loadModel } from '@polytag/model';
import { parse } from 'yaml';
import { polytagTrain, Project, set } from '../project.fixture.js';

/** What the mirror gives, by path. */
const files = new Map<string, Uint8Array>();
const asked: string[] = [];
let server: Server;
let project: Project;
const environment = { ...process.env };

beforeAll(async () => {
  project = await Project.make();
  server = createServer((request, response) => {
    asked.push(request.url!);
    const file = files.get(request.url!);
    response.writeHead(file ? 200 : 404, { etag: '"1"' }).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['POLYTAG_MIRROR'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['POLYTAG_CACHE'] = project.path('cache');
  // A whole MobileNetV3-Small, with a head of the 16 labels of the scenes.
  const { status } = await project.fit(
    'source',
    ...set('model.backbone.options.widthMultiplier=1', 'seed=8'),
  );
  expect(status).toBe(0);
  files.set(SMALL, await readFile(project.path('runs/source/best/model.safetensors')));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  process.env = environment;
  await project.remove();
});
beforeEach(async () => {
  asked.length = 0;
  await rm(project.path('cache'), { recursive: true, force: true });
});

/** Where nothing listens any more. */
async function closedAddress(): Promise<string> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** The address of mobilenet-v3-small in the layout of the authors, whose checksum is not published, at the mirror. */
const SMALL =
  '/github.com/d-li14/mobilenetv3.pytorch/blob/master/pretrained/mobilenetv3-small-55df8e1f.pth?raw=true';
const REFERENCE = ['model.backbone.options={layout: reference}', 'training.freeze=[backbone]'];
const fit = (run: string, ...assignments: string[]) => project.fit(run, ...set(...assignments));

it('fetches published weights by name once, fills in what they need, starts from them and goes on', async () => {
  const { status, err } = await fit('named', 'model.weights=imagenet', ...REFERENCE);
  expect([status, asked]).toEqual([0, [SMALL]]);
  expect(err).toContain(`downloading https:/${SMALL}, licence: MIT (repository)`);
  expect(err).toMatch(/weights: \d+ tensors from imagenet; 0 of the model are initialised randomly/);
  const config = parse(await readFile(project.path('runs/named/config.yaml'), 'utf8')) as {
    model: { weights: string; backbone: unknown };
  };
  expect(config.model).toMatchObject({
    weights: 'imagenet',
    backbone: {
      options: { layout: 'reference', padding: 'symmetric', epsilon: 1e-5, normalisation: 'imagenet' },
    },
  });
  const [start, trained] = await Promise.all(
    ['source', 'named'].map((run) => openCheckpoint(project.path('runs', run, 'best/model.safetensors'))),
  );
  const key = 'features.1.conv.0.weight';
  expect((await trained.read(key)).data).toEqual((await start.read(key)).data);
  await Promise.all([start.close(), trained.close()]);

  const again = await fit('again', 'model.weights=imagenet', ...REFERENCE);
  expect([again.status, asked]).toEqual([0, [SMALL]]);
  expect(again.err).not.toContain('downloading');

  // A resumed run has all weights in its checkpoint, and its config as it was.
  await rm(project.path('cache'), { recursive: true });
  const run = ['--config', project.path('runs/named/config.yaml'), '--out', project.path('runs/named')];
  expect([(await polytagTrain('fit', ...run, '--resume')).status, asked]).toEqual([0, [SMALL]]);
});

it('takes any address, and holds it to a checksum', async () => {
  const address = 'https://example.org/mine/small.safetensors';
  files.set('/example.org/mine/small.safetensors', files.get(SMALL)!);
  const small = ['model.backbone.options={}', 'training.freeze=[backbone]', `model.weights=${address}`];
  expect((await fit('address', ...small)).status).toBe(0);
  await rm(project.path('cache'), { recursive: true });
  const { status, err } = await fit('wrong', ...small, 'model.weightsSha256="0123456789abcdef"');
  expect(status).toBe(4);
  expect(err).toContain('code: download/checksum');
  expect(err).toContain(address);
});

it('refuses a mirror without the file, and one with another', async () => {
  const path = '/download.pytorch.org/models/mobilenet_v3_small-047dcff4.pth';
  const named = ['model.weights=imagenet', 'model.backbone.options={}'];
  const absent = await fit('refused', ...named);
  expect([absent.status, absent.err]).toEqual([4, expect.stringContaining('code: download/not-found')]);
  files.set(path, files.get(SMALL)!);
  const other = await fit('refused', ...named);
  expect([other.status, other.err]).toEqual([4, expect.stringContaining('code: download/checksum')]);
  expect(asked).toEqual([path, path]);
});

it('trains the recipe of a head on published features from label files alone', async () => {
  const small = ['data.height=32', 'data.width=32', 'training.epochs=2', 'training.batchSize=4'];
  const { status, out, err } = await polytagTrain(
    ...['fit', '--recipe', 'features', '--train', project.path('data/train.json')],
    ...['--val', project.path('data/val.json'), '--out', project.path('runs/recipe')],
    // The checksum of the other layout is published, and the file at this mirror has another.
    ...set(...small, 'model.backbone.options={layout: reference}'),
  );
  expect([status, asked]).toEqual([0, [SMALL]]);
  expect(err).toContain('features  ');
  expect(out).toMatch(/^best mAP /);
  const [start, trained] = await Promise.all(
    ['source', 'recipe'].map((run) => openCheckpoint(project.path('runs', run, 'best/model.safetensors'))),
  );
  const key = 'features.1.conv.0.weight';
  expect((await trained.read(key)).data).toEqual((await start.read(key)).data);
  await Promise.all([start.close(), trained.close()]);
});

it('says how to go on without a network', async () => {
  const mirror = process.env['POLYTAG_MIRROR']!;
  process.env['POLYTAG_MIRROR'] = await closedAddress();
  try {
    const { status, err } = await fit('offline', 'model.weights=imagenet', ...REFERENCE);
    expect(status).toBe(4);
    expect(err).toContain('code: download/no-network');
    expect(err).toContain(`Download https:/${SMALL} yourself and save it as ${project.path('cache')}`);
  } finally {
    process.env['POLYTAG_MIRROR'] = mirror;
  }
});

describe('the classes of a whole model', () => {
  const whole = ['model.backbone.options={}', 'model.expectWeights=all'];
  const scenes = async () => {
    const { classes } = JSON.parse(await readFile(project.path('data/train.json'), 'utf8')) as {
      classes: string[];
    };
    return classes;
  };

  it('are put in order, and may be said by the config', async () => {
    const weights = `model.weights=${project.path('runs/source/best/model.safetensors')}`;
    const names = [...(await scenes())].sort().reverse();
    const list = await project.write('names.txt', names.join('\n'));
    const said = await fit('said', ...whole, weights, `model.weightsLabels=${list}`);
    expect(said.status).toBe(0);
    expect(said.err).toContain('; its labels were reordered\n');
  });
});

describe('import', () => {
  const importInto = (folder: string, ...assignments: string[]) =>
    polytagTrain(
      ...['import', '--config', project.path('tiny.yaml'), '--out', project.path(folder)],
      ...set('model.backbone.options={layout: reference}', ...assignments),
    );

  it('makes a model folder of published weights, with their classes and where they come from', async () => {
    const { status, out } = await importInto('imported', 'model.weights=imagenet');
    expect([status, out]).toEqual([0, `model: ${project.path('imported')}\n`]);
    const card = await readFile(project.path('imported/README.md'), 'utf8');
    expect(card).toContain(`Imported from https:/${SMALL}, licence: MIT (repository). Not trained further.`);
    const [imported, source] = await Promise.all(
      [project.path('imported'), project.path('runs/source/best')].map((folder) => loadModel(folder)),
    );
    const photo = project.path('data/images/val-00000.png');
    expect(await imported.topK(photo, 16)).toEqual(await source.topK(photo, 16));
    for (const model of [imported, source]) model.dispose();
  });

  it('refuses a config without weights, and weights without classes', async () => {
    const none = await importInto('none');
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('code: usage/no-weights')]);
    const { status, err } = await importInto('none', 'model.weights=imagenet', 'model.weightsLabels=sorted');
    expect([status, err]).toEqual([4, expect.stringContaining('code: checkpoint/unknown-labels')]);
  });
});
