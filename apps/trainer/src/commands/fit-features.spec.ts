import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { readLabelFile, openLoader } from '@polytag/datasets';
import { loadModel } from '@polytag/model';
import { evaluate } from '@polytag/evaluation';
import { polytagTrain, Project, reportOf, set } from '../project.fixture.js';

// Jobs run in processes of their own.
jest.setTimeout(60_000);

const built = existsSync(fileURLToPath(new URL('../../dist/jobs/features-job.js', import.meta.url)));
if (!built) process.stderr.write('Features as jobs are not tested: build the app first.\n');

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

const ON = 'training.features=true';
const metrics = async (run: string) =>
  (await readFile(project.path('runs', run, 'metrics.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { loss, mAP } = JSON.parse(line) as { loss: number; mAP: number };
      return { loss, mAP };
    });

it('computes features once, beside the run, and trains the head to a model that scores what it told', async () => {
  const first = await project.fit('first', ...set(ON, 'training.epochs=2'));
  expect([first.status, first.err]).toEqual([
    0,
    expect.stringMatching(
      /training features: 8 images, 2 views each, .* in .*runs\/features\/[0-9a-f]{32}: 16 to compute/,
    ),
  ]);
  expect((await readdir(project.path('runs/features'))).sort()).toEqual([
    expect.stringMatching(/^[0-9a-f]{32}$/),
    'checked-images.txt',
  ]);
  const second = await project.fit('second', ...set(ON, 'training.epochs=2'));
  expect(second.err).toMatch(/training features: .*: all in the cache\n/);
  expect(second.err).toMatch(/validation features: 6 images, .*: all in the cache\n/);
  expect(await metrics('second')).toEqual(await metrics('first'));

  const model = await loadModel(project.path('runs/first/best'));
  const { preprocessing } = model;
  const images = openLoader(await readLabelFile(project.path('data/val.json')), {
    preprocessing,
    batchSize: 4,
  });
  const best = Math.max(...(await metrics('first')).map(({ mAP }) => mAP));
  expect((await evaluate(model, images)).mAP).toBeCloseTo(best, 12);
  expect((await reportOf(project, 'first')).figures.mAP).toBe(best);
  await images.close();
  model.dispose();
});

(built ? it : it.skip)(
  'has them computed as jobs, to the same bits, around an image that cannot be used',
  async () => {
    await writeFile(project.path('data/broken.png'), 'none');
    await project.labelFile('some.json', (i) => [['cat', 'dog'][i % 2]], { replace: { 3: 'broken.png' } });
    await project.labelFile('val-some.json', (i) => [['cat', 'dog'][i % 2]]);
    const some = ['data.train=some.json', 'data.val=val-some.json', 'data.badImages=skip'];
    const cached = (folder: string) => set(...some, `training.features={cache: ${project.path(folder)}}`);
    expect((await project.fit('here', ...cached('cache-here'))).status).toBe(0);
    const { status, err } = await project.fit('jobs', ...cached('cache-jobs'), '--parallel', '1');
    expect([status, err]).toEqual([0, expect.stringContaining('features: 2 jobs of up to 512 images each')]);
    expect(err).toMatch(/training features: 7 images.*: all in the cache\n/);
    expect(await metrics('jobs')).toEqual(await metrics('here'));
    const model = (run: string) => readFile(project.path('runs', run, 'best/model.safetensors'), 'base64');
    expect((await model('jobs')) === (await model('here'))).toBe(true);
    expect(await readdir(project.path('runs/jobs'))).not.toContain('rounds');
  },
);

it('is resumed without the initial weights, and wherever the cache has gone', async () => {
  const weights = await project.write(
    'start.safetensors',
    await readFile(project.path('runs/first/best/model.safetensors')),
  );
  const begin = set(ON, `model.weights=${weights}`);
  expect((await project.fit('moved', ...begin)).status).toBe(0);
  const before = await metrics('moved');
  await rm(weights);
  const elsewhere = set(`training.features={cache: ${project.path('elsewhere')}}`);
  const { status, err } = await project.fit('moved', ...begin, ...elsewhere, '--resume');
  expect([status, err]).toEqual([0, expect.stringMatching(/elsewhere.*: 16 to compute/)]);
  expect(await metrics('moved')).toEqual(before);
  // The weights of the checkpoint, hence the features of the run.
  const keys = [await readdir(project.path('elsewhere')), await readdir(project.path('runs/features'))];
  expect(keys[1]).toEqual(expect.arrayContaining(keys[0]));
});

it('looks again at a photograph that was changed since it was found usable', async () => {
  const image = project.path('data/images/train-00002.png');
  const before = await readFile(image);
  await writeFile(image, before.subarray(0, 300));
  const { status, err } = await project.fit('damaged', ...set(ON));
  await writeFile(image, before);
  expect([status, err]).toEqual([3, expect.stringContaining('train-00002.png')]);
});

it.each([
  [['data.augment.randAugment=true'], 'training.features={views: 4}'],
  [['data.augment.mix=true', 'training.features={views: 2}'], 'or train on images'],
  [['mutual.models=[{ backbone: { name: mobilenet-v3-small }, head: { name: linear } }]'], 'mutual.models'],
])('refuses %j before any data is read', async (more, hint) => {
  const { status, err } = await project.fit('refused', ...set('data.root=nowhere', ON, ...more));
  expect([status, err]).toEqual([2, expect.stringContaining(hint)]);
});

it('caches augmented views where it is told how many', async () => {
  const views = set('data.augment.cutout=true', 'training.features={views: 3}');
  const { status, err } = await project.fit('views', ...views);
  expect([status, err]).toEqual([0, expect.stringContaining('8 images, 3 views each')]);
});

it('can be tried and its learning rate be searched for', async () => {
  const config = ['--config', project.path('tiny.yaml'), ...set(ON)];
  const tried = await polytagTrain('fit', ...config, '--dry-run');
  expect([tried.status, tried.out]).toEqual([0, expect.stringContaining('computing features (once)')]);
  const search = 'training.findLearningRate={mode: tpe, min: 0.001, max: 0.01, epochs: 1, trials: 2}';
  const found = await polytagTrain(
    'find-lr',
    ...config,
    ...set(search),
    '--mode',
    'tpe',
    '--out',
    project.path('runs/lr'),
  );
  expect([found.status, found.out]).toEqual([0, expect.stringMatching(/^learning rate 0\.0/)]);
});
