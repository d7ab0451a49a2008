import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HALF, InterruptedError } from '@polytag/core';
import { readLabelFile } from '../formats/label-file/read-label-file.js';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import { encodePng } from '../images/encode-image.js';
import type { BadImage } from './bad-image.js';
import { checkImages } from './check-images.js';
import { goodImageKey } from './good-images.js';
import { decodeViews } from './decode-views.js';
import { openLoader } from './open-loader.js';

const size = { height: 6, width: 5 };
const preprocessing = { ...size, normalisation: HALF };
/** Positions of images that cannot be used; there are 40. */
const BAD = [3, 4, 17, 39];
let folder: string;
let dataset: LabelledDataset;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-check-'));
  const images: [string, string[]][] = [];
  for (let i = 0; i < 40; i++) {
    const pixels = Uint8Array.from(
      { length: 8 * 7 * 3 },
      (_, at) => Math.imul(at + 999 * i, 2654435761) >>> 24,
    );
    const png = await encodePng({ pixels, height: 8, width: 7 });
    await writeFile(join(folder, `${i}.png`), BAD.includes(i) ? png.subarray(0, 70) : png);
    images.push([`${i}.png`, ['a', 'b'].slice(i % 2)]);
  }
  await writeFile(join(folder, 'all.json'), JSON.stringify({ classes: ['a', 'b'], images }));
  dataset = await readLabelFile(join(folder, 'all.json'));
});
afterAll(() => rm(folder, { recursive: true }));

const values = async (source: AsyncIterable<{ inputs: Float32Array; targets: Float32Array }>) => {
  const all: number[][] = [];
  for await (const { inputs, targets } of source) all.push([...inputs], [...targets]);
  return all;
};

it('names every image that cannot be used, in their order, with its reason', async () => {
  const done: number[] = [];
  const { bad, usable } = await checkImages(dataset, { report: (images) => done.push(images) });
  expect(bad.map(({ index, name }) => [index, name])).toEqual(BAD.map((i) => [i, `${i}.png`]));
  for (const { name, error } of bad) {
    expect(error.code).toBe('data/image-truncated');
    expect(error.message).toContain(name);
  }
  expect(usable.images).toEqual(dataset.images.filter((_, i) => !BAD.includes(i)));
  expect(done).toEqual([16, 32, 40]);
});

it('remembers by their content the images that can be used, and decodes only others', async () => {
  const remember = join(folder, 'cache', 'checked.txt');
  const first = await checkImages(dataset, { remember });
  expect(first.bad.map(({ index }) => index)).toEqual(BAD);
  const lines = (await readFile(remember, 'utf8')).trimEnd().split('\n');
  expect(new Set(lines).size).toBe(36);

  // What it remembers says of images that cannot be used that they can, and of one that can, nothing.
  const keys = await Promise.all(dataset.images.map(({ path }) => goodImageKey(path, {})));
  await writeFile(remember, `no hash\n${keys.filter((_, i) => i !== 5).join('\n')}\n`);
  expect((await checkImages(dataset, { remember })).bad).toEqual([]);
  expect(await readFile(remember, 'utf8')).toContain(keys[5]);

  // It spares work, and no more: where it cannot be written, images are checked all the same.
  const nowhere = join(folder, '0.png', 'checked.txt');
  expect((await checkImages(dataset, { remember: nowhere })).bad).toHaveLength(BAD.length);

  // With fewer pixels allowed all are looked at, and so are they where nothing is remembered.
  const few = await checkImages(dataset, { remember, maxPixels: 40 });
  expect(few.bad).toHaveLength(40);
  expect((await checkImages(dataset, { remember: join(folder, 'other.txt') })).bad).toHaveLength(BAD.length);
});

it('keeps what it decoded for a loader, which then gives what it would have decoded', async () => {
  const { usable, cache } = await checkImages(dataset, { keep: size });
  const options = { preprocessing, batchSize: 9, shuffle: { seed: 1 } };
  const expected = await values(openLoader(usable, options).epoch(0));
  // Files that are gone are not read again.
  const gone = {
    ...usable,
    images: usable.images.map((image) => ({ ...image, path: `${image.path}.gone` })),
  };
  expect(await values(openLoader(gone, { ...options, cache }).epoch(0))).toEqual(expected);
});

it('keeps no more than it may', async () => {
  const { cache } = await checkImages(dataset, { keep: size, cacheBytes: 10 * 6 * 5 * 3 });
  expect(cache.present).toHaveLength(10);
  const { usable } = await checkImages(dataset);
  const options = { preprocessing, batchSize: 9 };
  expect(await values(openLoader(usable, { ...options, cache }).epoch(0))).toEqual(
    await values(openLoader(usable, options).epoch(0)),
  );
});

it('stops when told to', async () => {
  await expect(checkImages(dataset, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
});

describe('onBadImage', () => {
  it('leaves images out of a loader, and tells of each', async () => {
    const { usable } = await checkImages(dataset);
    const told: BadImage[] = [];
    const loader = openLoader(dataset, { preprocessing, batchSize: 2, onBadImage: (bad) => told.push(bad) });
    const rows: number[][] = [];
    const indices: number[] = [];
    for await (const batch of loader.epoch(0)) {
      expect(batch.inputs).toHaveLength(batch.shape[0] * 6 * 5 * 3);
      expect(batch.shape[0]).toBeGreaterThan(0);
      indices.push(...batch.indices);
      for (let i = 0; i < batch.shape[0]; i++) rows.push([...batch.inputs.subarray(i * 90, i * 90 + 90)]);
    }
    expect(told.map(({ index }) => index)).toEqual(BAD);
    expect(indices).toEqual([...dataset.images.keys()].filter((i) => !BAD.includes(i)));
    const plain: number[][] = [];
    for await (const { inputs } of openLoader(usable, { preprocessing, batchSize: 1 }).epoch(0))
      plain.push([...inputs]);
    expect(rows).toEqual(plain);
  });

  it('is not for training', () => {
    const options = { preprocessing, batchSize: 2, shuffle: { seed: 1 }, onBadImage: () => {} };
    expect(() => openLoader(dataset, options)).toThrow('onBadImage');
  });

  it('leaves images out of decoded views', async () => {
    const told: string[] = [];
    const found: number[] = [];
    const indices = Uint32Array.from([2, 3, 4, 5]);
    const views = [undefined, { epoch: 0, seed: 1, flipProbability: 1, augment: noChanges }];
    const options = {
      preprocessing,
      views,
      batchSize: 4,
      onBadImage: ({ name }: BadImage) => told.push(name),
    };
    for await (const batch of decodeViews(dataset, indices, options)) {
      found.push(...batch.indices);
      const only = decodeViews(dataset, Uint32Array.from([2, 5]), { ...options, batchSize: 2 });
      for await (const { images } of only) expect(batch.images).toEqual(images);
    }
    expect([told, found]).toEqual([
      ['3.png', '4.png'],
      [2, 5],
    ]);
  });
});

const noChanges = {
  crop: false,
  randAugment: false,
  colourJitter: false,
  cutout: false,
  mix: false,
} as const;
