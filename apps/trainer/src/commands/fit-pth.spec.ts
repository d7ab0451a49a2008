import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '@polytag/checkpoints';
import { polytagTrain, Project, set } from '../project.fixture.js';

/** Written by PyTorch: { epoch, model: weights of conv, bn and fc, … }. */
const PTH = fileURLToPath(
  new URL('../../../../tools/golden/fixtures/checkpoints/model_key.zip.pth', import.meta.url),
);

/** A backbone with the layers of that file. */
const BACKBONE = `
import { defineBackbone, HALF } from '@polytag/core';
import { BatchNorm, Convolution2D } from '@polytag/layers';
import * as z from 'zod';

export default defineBackbone({
  name: 'small',
  options: z.strictObject({}),
  create: () => ({
    name: 'small',
    featureChannels: 8,
    stride: 2,
    normalisation: HALF,
    padding: 'symmetric',
    apply: (image) =>
      new BatchNorm({ name: 'bn' }).apply(
        new Convolution2D({ name: 'conv', filters: 8, kernelSize: 3, stride: 2 }).apply(image),
      ),
  }),
});
`;

let project: Project;
beforeAll(async () => {
  project = await Project.make();
  await project.installPackages();
  await project.write('small.mjs', BACKBONE);
});
afterAll(() => project.remove());

const fitFrom = (run: string, ...more: string[]) =>
  polytagTrain(
    ...['fit', '--config', project.path('tiny.yaml'), '--out', project.path('runs', run)],
    ...set(
      `model.backbone={module: ${project.path('small.mjs')}}`,
      `model.weights=${PTH}`,
      'training.freeze=[backbone]',
      ...more,
    ),
  );

it.each([
  ['found', []],
  ['named', ['model.weightsContainer=model']],
])('starts a run from a .pth file whose container is %s', async (run, more) => {
  const { status, err } = await fitFrom(run, ...more);
  expect([status, err]).toEqual([0, expect.stringContaining(`weights: 5 tensors from ${PTH}`)]);
  // What it was trained with is not in it.
  expect(err).toContain('they get padding symmetric, normalisation half');
  const [start, trained] = [
    await openCheckpoint(PTH),
    await openCheckpoint(project.path('runs', run, 'best/model.safetensors')),
  ];
  for (const key of ['conv.weight', 'bn.weight', 'bn.running_var'])
    expect((await trained.read(key)).data).toEqual((await start.read(key)).data);
  await Promise.all([start.close(), trained.close()]);
});

it('names the containers that a .pth file has, and refuses one that is in no key', async () => {
  const other = await fitFrom('other', 'model.weightsContainer=ema');
  expect(other.status).toBe(4);
  expect(other.err).toContain(`${PTH} has no dict "ema", and no keys that begin with "ema.".`);
  expect(other.err).toMatch(/It has .*model/);
  const flat = project.path('runs/found/best/model.safetensors');
  const refused = await fitFrom('flat', `model.weights=${flat}`, 'model.weightsContainer=ema');
  expect(refused.status).toBe(4);
  expect(refused.err).toContain('code: checkpoint/container');
});
