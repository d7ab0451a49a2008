import { readFile } from 'node:fs/promises';
import { tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError, type ElementwiseLoss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import build, { type ReplicaData } from '../run/replica.js';
import { polytagTrain, Project, set, tinyConfig } from '../project.fixture.js';

let project: Project;
beforeAll(async () => {
  project = await Project.make();
  // A label that all have, and one that a single image has: with threshold 1 that one is seen √8 times.
  await project.labelFile('rare.json', (image) => (image === 3 ? ['cat', 'dog'] : ['cat']));
});
afterAll(() => project.remove());

const rare = (...more: string[]) => set('data.train=rare.json', 'data.val=null', ...more);
const lines = async (run: string) =>
  (await readFile(project.path('runs', run, 'metrics.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; loss: number });

it('sees images of rare labels more often with data.sampler: balanced, with cached features too', async () => {
  const sampler = 'data.sampler={name: balanced, threshold: 1}';
  const batches = ['training.batchSize=2', 'training.epochs=2', 'data.flip=0'];
  expect((await project.fit('each-once', ...rare(...batches))).status).toBe(0);
  expect((await project.fit('repeated', ...rare(...batches, sampler))).status).toBe(0);
  // 7 + √8 = 9.8: nine images an epoch, four full batches, as of eight; ten with the factor of √8 twice.
  expect((await lines('each-once')).map(({ step }) => step)).toEqual([4, 8]);
  expect((await lines('repeated')).map(({ step }) => step)).toEqual([4, 8]);
  await project.labelFile('rarer.json', (image) => (image < 2 ? ['cat', 'dog'] : ['cat']));
  const rarer = [...rare(...batches, sampler), ...set('data.train=rarer.json')];
  for (const [run, more] of [
    ['images', []],
    ['features', set('training.features=true')],
  ] as const) {
    // prettier-ignore
    // 6 + 2·√(1/0.25) = 10.
    expect((await project.fit(run, ...rarer, ...more)).status).toBe(0);
    expect((await lines(run)).map(({ step }) => step)).toEqual([5, 10]);
  }
});

it('is resumed with the sampler and the weights that it was started with', async () => {
  const weights = 'loss.options.positiveWeight=balanced';
  expect((await project.fit('run', ...rare('data.sampler=balanced', weights))).status).toBe(0);
  const { status, err } = await project.fit('run', ...rare(weights), '--resume');
  expect([status, err]).toEqual([2, expect.stringContaining('data.sampler: "balanced" → "shuffle"')]);
  const other = await project.fit('run', ...rare('data.sampler=balanced'), '--resume');
  expect(other.err).toContain('loss.options');
});

it('weighs positives by name, and names a label that there is not before it opens an image', async () => {
  const train = (run: string, table: string) =>
    project.fit(run, ...rare(`loss.options.positiveWeight=${table}`));
  expect((await train('weighted', '{ dog: 5 }')).status).toBe(0);
  expect((await train('plain', '1')).status).toBe(0);
  const [[weighted], [plain]] = [await lines('weighted'), await lines('plain')];
  expect(weighted.loss).toBeGreaterThan(plain.loss);
  const { status, err } = await train('misspelt', '{ dgo: 5 }');
  expect([status, err]).toEqual([2, expect.stringContaining('has the label "dgo"')]);
  expect(err).toContain('Did you mean "dog"?');
  expect(err).not.toContain('checking images');
});

it('goes through a dry run, with label files and without', async () => {
  const options = ['--config', project.path('tiny.yaml'), ...rare('loss.options.positiveWeight={ dog: 5 }')];
  for (const more of [[], ['--classes', '3', '--images', '8']])
    expect((await polytagTrain('fit', '--dry-run', ...options, ...more)).status).toBe(0);
});

it('builds a replica with the weights of the training set', async () => {
  await useEngine('cpu');
  const data = (counts?: ReplicaData['counts']): ReplicaData => ({
    loss: { name: 'bce', options: { positiveWeight: 'balanced' } },
    labels: ['cat', 'dog'],
    counts,
    models: [
      {
        config: { ...tinyConfig.model, head: { name: 'linear', options: { space: 'logits' } } },
        options: { height: 32, width: 32, seed: 1 },
      },
    ],
  });
  const x = tensor2d([[0, 0]]);
  const values = async (counts?: ReplicaData['counts']) => {
    const { loss } = await build(data(counts));
    return [...(loss as ElementwiseLoss).elementwise(x, tensor2d([[1, 1]]) as Tensor2D, 1).dataSync()];
  };
  const [cat, dog] = await values({ positives: [4, 1], negatives: [4, 3] });
  expect(dog / cat).toBeCloseTo(3, 5);
  await expect(values()).rejects.toThrow(UsageError);
});
