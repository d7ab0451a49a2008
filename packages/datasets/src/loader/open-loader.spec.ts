import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HALF, LabelVocabulary, UsageError, type Batch } from '@polytag/core';
import sharp from 'sharp';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import { prepareImage } from '../images/prepare-image.js';
import { drawMix } from './mix/draw-mix.js';
import { openLoader, type LoaderOptions } from './open-loader.js';

const IMAGES = 11;
const preprocessing = { height: 6, width: 4, normalisation: HALF };
let folder: string;
let dataset: LabelledDataset;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-loader-'));
  const images = Array.from({ length: IMAGES }, (_, i) => ({
    name: `${i}.png`,
    path: join(folder, `${i}.png`),
    labels: i % 3 === 0 ? [] : [i % 3, i % 3],
  }));
  for (const [i, { path }] of images.entries()) {
    const pixels = Uint8Array.from(
      { length: 5 * 7 * 3 },
      (_, at) => Math.imul(at + i * 1000, 2654435761) >>> 24,
    );
    await sharp(pixels, { raw: { width: 5, height: 7, channels: 3 } }).toFile(path);
  }
  dataset = {
    source: 'train.json',
    labels: new LabelVocabulary(['a', 'b', 'c']),
    images,
    unknownLabels: new Map(),
  };
});
afterAll(() => rm(folder, { recursive: true }));

async function batches(options: Partial<LoaderOptions>, epoch = 0, fromBatch = 0): Promise<Batch[]> {
  const loader = openLoader(dataset, { preprocessing, batchSize: 4, ...options });
  const all: Batch[] = [];
  for await (const batch of loader.epoch(epoch, { fromBatch })) all.push(batch);
  await loader.close();
  return all;
}

const indicesOf = (all: readonly Batch[]) => all.flatMap((batch) => [...batch.indices]);
const ascending = Array.from({ length: IMAGES }, (_, i) => i);

describe('openLoader', () => {
  it('gives the images of the set in order, with their targets', async () => {
    const all = await batches({});
    expect(all.map(({ shape }) => shape)).toEqual([4, 4, 3].map((images) => [images, 6, 4, 3]));
    expect(indicesOf(all)).toEqual(ascending);
    expect([...all[0].targets]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    const stride = 6 * 4 * 3;
    for (const batch of all) {
      expect(batch.inputs).toHaveLength(batch.shape[0] * stride);
      for (const [row, index] of batch.indices.entries()) {
        const expected = await prepareImage(dataset.images[index].path, preprocessing);
        expect(batch.inputs.subarray(row * stride, (row + 1) * stride)).toEqual(expected);
      }
    }
  });

  it('drops the last batch that is not full, when asked', async () => {
    expect((await batches({ dropLast: true })).map((batch) => batch.shape[0])).toEqual([4, 4]);
    expect((await batches({ dropLast: true, batchSize: 11 })).map((batch) => batch.shape[0])).toEqual([11]);
  });

  it('makes the batch no larger than the set', async () => {
    const all = await batches({ batchSize: 100, dropLast: true });
    expect(all.map((batch) => batch.shape[0])).toEqual([IMAGES]);
  });

  it('shuffles by seed and epoch, each image once', async () => {
    const orders = await Promise.all(
      [[1, 0], [1, 1], [2, 0], [1, 0]].map(async ([seed, epoch]) => indicesOf(await batches({ shuffle: { seed } }, epoch))), // prettier-ignore
    );
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(ascending);
    expect(orders[3]).toEqual(orders[0]);
    expect(new Set(orders.map(String)).size).toBe(3);
  });

  it('gives the same batch wherever an epoch starts, and whether or not pixels are cached', async () => {
    const options = { shuffle: { seed: 7 }, flipProbability: 0.5 };
    const all = await batches(options, 3);
    expect(await batches(options, 3, 2)).toEqual(all.slice(2));
    expect(await batches({ ...options, cacheBytes: 0 }, 3)).toEqual(all);
    expect(await batches({ ...options, prefetchBatches: 1 }, 3)).toEqual(all);
    expect(await batches(options, 3, 3)).toEqual([]);

    const loader = openLoader(dataset, {
      preprocessing,
      batchSize: 4,
      ...options,
      cacheBytes: 5 * 6 * 4 * 3,
    });
    for await (const batch of loader.epoch(0)) expect(batch.shape[0]).toBeGreaterThan(0);
    const cached: Batch[] = [];
    for await (const batch of loader.epoch(3)) cached.push(batch);
    expect(cached).toEqual(all);
    await loader.close();
  });

  it('does not read a cached file again', async () => {
    const loader = openLoader(dataset, { preprocessing, batchSize: 4, maxImages: 1 });
    const read = async () => {
      for await (const batch of loader.epoch(0)) return batch.inputs;
    };
    const before = await read();
    const original = await sharp(dataset.images[0].path).toBuffer();
    await writeFile(dataset.images[0].path, 'gone');
    expect(await read()).toEqual(before);
    await writeFile(dataset.images[0].path, original);
    await loader.close();
  });

  it('mirrors about the given share of images, drawn anew each epoch', async () => {
    const plain = await batches({ batchSize: 1 });
    const flips = async (epoch: number, probability: number) => {
      const all = await batches({ batchSize: 1, shuffle: { seed: 5 }, flipProbability: probability }, epoch);
      return all
        .sort((a, b) => a.indices[0] - b.indices[0])
        .map((batch, i) => (String(batch.inputs) === String(plain[i].inputs) ? 0 : 1));
    };
    expect(await flips(0, 1)).toEqual(ascending.map(() => 1));
    const [first, second] = [await flips(0, 0.5), await flips(1, 0.5)];
    expect(first).not.toEqual(second);
    const share = [...first, ...second].filter((flip) => flip === 1).length / (2 * IMAGES);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
  });

  describe('with augmentation', () => {
    const shuffle = { seed: 5 };
    const augment = { crop: true, randAugment: { probability: 1 }, colourJitter: true, cutout: true };
    const stride = 6 * 4 * 3;
    const imagesOf = (all: readonly Batch[]) => {
      const byIndex = new Map<number, number[]>();
      for (const { inputs, indices } of all) {
        indices.forEach((index, row) =>
          byIndex.set(index, [...inputs.subarray(row * stride, (row + 1) * stride)]),
        );
      }
      return byIndex;
    };

    it('changes an image the same way whatever the batch, its size and the cache', async () => {
      const options = { shuffle, flipProbability: 0.5, augment };
      const alone = imagesOf(await batches({ ...options, batchSize: 1 }, 2));
      expect(alone.size).toBe(IMAGES);
      for (const batchSize of [3, 4, 11]) {
        expect(imagesOf(await batches({ ...options, batchSize, cacheBytes: 0 }, 2))).toEqual(alone);
      }
      const loader = openLoader(dataset, { preprocessing, batchSize: 4, ...options });
      for await (const { shape } of loader.epoch(0)) expect(shape[0]).toBeGreaterThan(0);
      const cached: Batch[] = [];
      for await (const batch of loader.epoch(2)) cached.push(batch);
      await loader.close();
      expect(imagesOf(cached)).toEqual(alone);
      expect(imagesOf(await batches(options, 3))).not.toEqual(alone);
    });

    it('changes what is seen, not what is in it', async () => {
      const plain = await batches({ shuffle });
      const changed = await batches({ shuffle, augment });
      expect(indicesOf(changed)).toEqual(indicesOf(plain));
      expect(changed.map(({ targets }) => targets)).toEqual(plain.map(({ targets }) => targets));
      expect(changed.map(({ inputs }) => inputs)).not.toEqual(plain.map(({ inputs }) => inputs));
    });

    it('mixes images and targets by the same share', async () => {
      const mix = { name: 'mixup', alpha: 0.7 } as const;
      const plain = await batches({ shuffle }, 1);
      const mixed = await batches({ shuffle, augment: { mix } }, 1);
      for (const [b, { inputs, targets, shape }] of mixed.entries()) {
        const { order, lambda } = drawMix({ ...mix, probability: 1 }, { seed: 5, epoch: 1, batch: b }, shape[0], preprocessing)!; // prettier-ignore
        for (let row = 0; row < shape[0]; row++) {
          for (const [got, own, length] of [
            [inputs, plain[b].inputs, stride],
            [targets, plain[b].targets, 3],
          ] as const) {
            // prettier-ignore
            for (let i = 0; i < length; i++) {
              const expected = lambda * own[row * length + i] + (1 - lambda) * own[order[row] * length + i];
              expect(got[row * length + i]).toBeCloseTo(expected, 6);
            }
          }
        }
      }
      expect(await batches({ shuffle, augment: { mix } }, 1, 1)).toEqual(mixed.slice(1));
    });

    it('needs a seed, and settings that make sense', () => {
      const open = (options: Partial<LoaderOptions>) => () =>
        openLoader(dataset, { preprocessing, batchSize: 4, ...options });
      expect(open({ augment: { cutout: true } })).toThrow('seed');
      expect(open({ augment: {} })).not.toThrow();
      expect(open({ shuffle, augment: { cutout: { factor: 0 } } })).toThrow('augment.cutout.factor');
    });
  });

  it('uses only the first images when limited', async () => {
    const all = await batches({ maxImages: 5, shuffle: { seed: 1 } });
    expect(indicesOf(all).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(openLoader(dataset, { preprocessing, batchSize: 4, maxImages: 5 })).toMatchObject({
      size: 5,
      batchesPerEpoch: 2,
    });
  });

  it('reports the first bad image of the first bad batch, when its turn comes', async () => {
    const broken = {
      ...dataset,
      images: dataset.images.map((image, i) => (i >= 6 ? { ...image, path: `${image.path}-${i}` } : image)),
    };
    const loader = openLoader(broken, { preprocessing, batchSize: 4 });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const batch of loader.epoch(0)) seen.push(batch.shape[0]);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'data/image-missing',
      message: expect.stringContaining('-6'),
    });
    expect(seen).toEqual([4]);
    await loader.close();
  });

  it('refuses options that make no sense', () => {
    const open = (options: Partial<LoaderOptions>) => () =>
      openLoader(dataset, { preprocessing, batchSize: 4, ...options });
    expect(open({ batchSize: 0 })).toThrow(UsageError);
    expect(open({ workers: -1 })).toThrow('workers must be a whole number of at least 0 (got -1)');
    expect(open({ prefetchBatches: 1.5 })).toThrow(UsageError);
    expect(open({ flipProbability: 2, shuffle: { seed: 1 } })).toThrow(UsageError);
    expect(open({ flipProbability: 0.5 })).toThrow('seed');
  });

  it('is of no use after it was closed', async () => {
    const loader = openLoader(dataset, { preprocessing, batchSize: 4 });
    await loader.close();
    expect(() => loader.epoch(0)).toThrow('closed');
  });
});
