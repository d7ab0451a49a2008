import { readdir, readFile } from 'node:fs/promises';
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
  expect(err).not.toContain('cannot be copied');
  // What it was trained with is not in it.
  expect(err).toContain('images get padding symmetric, normalisation half');
  const [start, trained] = [
    await openCheckpoint(PTH),
    await openCheckpoint(project.path('runs', run, 'best/model.safetensors')),
  ];
  for (const key of ['conv.weight', 'bn.weight', 'bn.running_var'])
    expect((await trained.read(key)).data).toEqual((await start.read(key)).data);
  await Promise.all([start.close(), trained.close()]);
});

it('tells before it trains which own code a saved model cannot take along', async () => {
  await project.write('size.json', '8');
  const needy =
    "import { readFileSync } from 'node:fs';\n" +
    "const filters = JSON.parse(readFileSync(new URL('size.json', import.meta.url), 'utf8'));\n" +
    BACKBONE.replace('filters: 8', 'filters');
  const module = await project.write('needy.mjs', needy);
  const { status, err } = await fitFrom('needy', `model.backbone={module: ${module}}`);
  expect([status, err]).toEqual([
    0,
    expect.stringMatching(/needy\.mjs needs files that cannot be copied \(files beside it.*[^]*epoch 1\/1/),
  ]);
  const saved = JSON.parse(await readFile(project.path('runs/needy/best/config.json'), 'utf8')) as object;
  expect(saved).toMatchObject({ backbone: { module: '../../../needy.mjs' } });
  expect(await readdir(project.path('runs/needy/best'))).not.toContain('code');
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
