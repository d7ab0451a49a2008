import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HALF, LabelVocabulary, RandomStream } from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import { augmentationSchema } from '../images/augment/augmentation-settings.js';
import { encodePng } from '../images/encode-image.js';
import { decodeViews } from './decode-views.js';
import { openLoader } from './open-loader.js';

const [IMAGES, SIDE] = [5, 6];
const VALUES = SIDE * SIDE * 3;
const preprocessing = { height: SIDE, width: SIDE, normalisation: HALF };
const changes = { augment: augmentationSchema.parse({ cutout: true }), flipProbability: 0.5, seed: 3 };
let folder: string;
let dataset: LabelledDataset;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-views-'));
  const images = Array.from({ length: IMAGES }, (_, i) => ({
    name: `${i}.png`,
    path: join(folder, `${i}.png`),
    labels: [0],
  }));
  for (const [i, { path }] of images.entries()) {
    const random = new RandomStream(i, 'pixels');
    const pixels = Uint8Array.from({ length: 8 * 9 * 3 }, () => random.integer(256));
    await writeFile(path, await encodePng({ pixels, height: 8, width: 9 }));
  }
  dataset = { source: 'x', labels: new LabelVocabulary(['a']), images, unknownLabels: new Map() };
});
afterAll(() => rm(folder, { recursive: true }));

it('gives the images that epochs of the loader see, view after view', async () => {
  const views = [undefined, { ...changes, epoch: 0 }, { ...changes, epoch: 1 }];
  const indices = Uint32Array.of(4, 1, 3);
  const seen = new Map<string, Float32Array>();
  for await (const batch of decodeViews(dataset, indices, { preprocessing, views, batchSize: 2 })) {
    const images = batch.indices.length;
    expect(batch.images).toHaveLength(views.length * images * VALUES);
    views.forEach((_, v) =>
      batch.indices.forEach((index, row) => {
        const at = (v * images + row) * VALUES;
        seen.set(`${v}/${index}`, batch.images.subarray(at, at + VALUES));
      }),
    );
  }
  expect(seen.size).toBe(views.length * indices.length);

  const loader = openLoader(dataset, {
    preprocessing,
    batchSize: 1,
    shuffle: { seed: changes.seed },
    flipProbability: changes.flipProbability,
    augment: changes.augment,
  });
  const still = openLoader(dataset, { preprocessing, batchSize: 1 });
  for (const [v, source, epoch] of [
    [0, still, 0],
    [1, loader, 0],
    [2, loader, 1],
  ] as const) {
    for await (const {
      inputs,
      indices: [index],
    } of source.epoch(epoch)) {
      const got = seen.get(`${v}/${index}`);
      if (indices.includes(index)) expect(got).toEqual(inputs);
      else expect(got).toBeUndefined();
    }
  }
  await Promise.all([loader.close(), still.close()]);
});

it('names the first image that cannot be used', async () => {
  const broken = {
    ...dataset,
    images: [...dataset.images, { name: 'no', path: join(folder, 'no'), labels: [] }],
  };
  const options = { preprocessing, views: [undefined], batchSize: 4 };
  const read = async () => {
    for await (const _ of decodeViews(broken, Uint32Array.of(0, 5), options)) void _;
  };
  await expect(read()).rejects.toMatchObject({ code: 'data/image-missing' });
});
