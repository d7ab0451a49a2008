import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, image, mean as averaged, memory, mul, randomNormal, reverse, slice, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'; // prettier-ignore
import { vit, vitSchema } from '@polytag/backbones';
import { defineBackbone, LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import type { PartReference } from '../config/model-config.js';
import { loadModel } from '../folder/load-model.js';
import { saveModel } from '../folder/save-model.js';
import { tinyBackbone } from '../tiny-parts.fixture.js';
import { buildModel } from './build-model.js';

let folder: string;
beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-views-'));
});
afterAll(() => rm(folder, { recursive: true }));

const tinyVit = defineBackbone({
  name: 'tiny-vit',
  options: vitSchema,
  create: (options) => vit({ ...options, size: { patch: 4, width: 12, depth: 1, heads: 3, tableSide: 3 } }),
});
const frozen = defineBackbone({
  name: 'frozen',
  options: tinyBackbone.options,
  create: (options) => ({ ...tinyBackbone.create(options), frozen: 'it is a test' }),
});
const parts = [tinyVit, tinyBackbone, frozen];
const labels = new LabelVocabulary(['cat', 'dog', 'tree']);
type Views = NonNullable<Parameters<typeof buildModel>[0]['views']>;
const build = (backbone: string, views?: Views, head: PartReference = { name: 'linear' }) =>
  buildModel({ backbone: { name: backbone }, head, views }, { labels, height: 16, width: 24, parts });
const images = (seed: number) => randomNormal([2, 16, 24, 3], 0, 1, 'float32', seed) as Tensor4D;
const values = (x: Tensor) => [...x.dataSync()];
function expectClose(got: Tensor, expected: Tensor): void {
  expect(got.shape).toEqual(expected.shape);
  const [a, b] = [values(got), values(expected)];
  const largest = Math.max(...b.map(Math.abs));
  a.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(1e-5 * largest));
}

it('the map is the mean of that of an image and of its mirror image, mirrored back', async () => {
  const [once, both] = [await build('tiny'), await build('tiny', { scales: [1], mirrored: true })];
  expect(both.parameters.map(({ key }) => key)).toEqual(once.parameters.map(({ key }) => key));
  tidy(() => {
    const x = images(1);
    const map = (of: Tensor4D) => once.features.apply(of) as Tensor4D;
    expectClose(both.features.apply(x) as Tensor, mul(0.5, add(map(x), reverse(map(reverse(x, 2)), 2))));
    // A mirror image has the same outputs.
    expectClose(both.network.apply(reverse(x, 2)) as Tensor, both.network.apply(x) as Tensor);
  });
});

it('smaller scales are brought to the grid of the largest, and their share of the mean is the same', async () => {
  const views: Views = { scales: [0.5, 1], mirrored: false };
  const [once, half] = [await build('tiny'), await buildModel(
    { backbone: { name: 'tiny' }, head: { name: 'linear' } },
    { labels, height: 8, width: 12, parts },
  )]; // prettier-ignore
  const both = await build('tiny', views);
  expect(both.features.outputs[0].shape).toEqual(once.features.outputs[0].shape);
  tidy(() => {
    const x = images(2);
    const small = image.resizeBilinear(x, [8, 12], false, true);
    const mean = (of: Tensor) => averaged(of, [1, 2]);
    const expected = mul(
      0.5,
      add(mean(once.features.apply(x) as Tensor), mean(half.features.apply(small) as Tensor)),
    );
    expectClose(mean(both.features.apply(x) as Tensor), expected);
  });
});

it('class tokens are averaged as well', async () => {
  const head = { name: 'class-token' };
  const [once, both] = [
    await build('tiny-vit', undefined, head),
    await build('tiny-vit', { scales: [1], mirrored: true }, head),
  ];
  tidy(() => {
    const x = images(3);
    // The token stands in the first row of what the head reads.
    const token = (of: Tensor4D, model: typeof once) =>
      slice(model.headInputs.apply(of) as Tensor4D, [0, 0, 0, 0], [2, 1, 1, 12]);
    expectClose(token(x, both), mul(0.5, add(token(x, once), token(reverse(x, 2), once))));
  });
});

it('a saved model predicts with its views, and frees its weights once', async () => {
  const before = memory().numTensors;
  const model = await build('tiny', { scales: [0.75, 1], mirrored: true });
  await saveModel(model, folder);
  expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    views: { scales: [0.75, 1], mirrored: true },
  });
  const loaded = await loadModel(folder, { parts });
  tidy(() => expectClose(loaded.predictBatch(images(4)), model.network.apply(images(4)) as Tensor));
  loaded.dispose();
  model.dispose();
  expect(memory().numTensors).toBe(before);
});

it('one scale of 1 is no view, and what takes one size is refused others', async () => {
  expect((await build('tiny', { scales: [1], mirrored: false })).views).toBeUndefined();
  await expect(build('frozen', { scales: [0.5, 1], mirrored: false })).rejects.toMatchObject({
    code: 'usage/views',
  });
  await build('frozen', { scales: [1], mirrored: true });
});
