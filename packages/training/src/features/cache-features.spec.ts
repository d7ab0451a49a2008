import { readdir, readFile, rm, truncate, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fill, mean, memory, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { UNIT, type Batch, type BatchSource } from '@polytag/core';
import { openLoader, type LabelledDataset } from '@polytag/datasets';
import { kernelBuild, useEngine } from '@polytag/engine';
import { InferenceNetwork } from '@polytag/layers';
import { buildModel, builtInParts, type MultiLabelModel } from '@polytag/model';
import { cacheFeatures, type CacheFeaturesOptions } from './cache-features.js';
import type { FeatureSource } from './feature-source.js';
import type { FeaturesEvent } from './features-event.js';
import { photographs, smallModel, writePhotograph } from './photographs.fixture.js';

const IMAGES = 7;
const shuffled = { batchSize: 3, shuffle: { seed: 5 } };
let root: string;
let cache: string;
let dataset: LabelledDataset;
let model: MultiLabelModel;

beforeAll(async () => {
  await useEngine('wasm');
  root = await mkdtemp(join(tmpdir(), 'polytag-features-'));
  dataset = await photographs(join(root, 'photos'), IMAGES);
  // A head that reads every cell.
  model = await smallModel({ head: 'csra' });
});
beforeEach(async () => void (cache = await mkdtemp(join(root, 'cache-'))));
afterAll(async () => {
  model.dispose();
  await rm(root, { recursive: true });
});

const features = (options: Partial<CacheFeaturesOptions> = {}, of = model, images = dataset) =>
  cacheFeatures(of, images, { folder: cache, batchSize: 3, ...options });

async function batchesOf(source: BatchSource, epochs = 1): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let epoch = 0; epoch < epochs; epoch++)
    for await (const batch of source.epoch(epoch)) batches.push(batch);
  await source.close();
  return batches;
}

/** What was computed and what was there, the source being closed. */
async function counts(made: Promise<FeatureSource>): Promise<[computed: number, reused: number]> {
  const source = await made;
  await source.close();
  return [source.computed, source.reused];
}

/** The files of the cache, which has the features of one backbone. */
async function shards(): Promise<string[]> {
  const [key] = await readdir(cache);
  return (await readdir(join(cache, key))).map((name) => join(cache, key, name));
}

describe('the batches', () => {
  it.each<[string, Partial<CacheFeaturesOptions>, number]>([
    ['in order, the last one smaller', {}, 1],
    ['shuffled, the last one left out', { ...shuffled, dropLast: true }, 3],
    ['mirrored at random', { ...shuffled, flipProbability: 0.5 }, 3],
    ['all mirrored', { ...shuffled, flipProbability: 1 }, 2],
    [
      'augmented, a view for each epoch',
      { ...shuffled, flipProbability: 0.5, augment: { cutout: true }, views: 3 },
      3,
    ],
  ])('are what the backbone makes of those of the loader: %s', async (_, options, epochs) => {
    const before = memory().numTensors;
    const source = await features(options);
    expect(memory().numTensors).toBe(before);
    expect(source.kind).toBe('feature-maps');
    const cached = await batchesOf(source, epochs);
    const { augment, flipProbability, shuffle, dropLast } = options;
    const loader = openLoader(dataset, {
      preprocessing: model.preprocessing,
      batchSize: 3,
      workers: 0,
      augment,
      flipProbability,
      shuffle,
      dropLast,
    });
    expect([source.size, source.batchesPerEpoch]).toEqual([loader.size, loader.batchesPerEpoch]);
    const images = await batchesOf(loader, epochs);
    const backbone = new InferenceNetwork(model.features);
    expect(cached).toHaveLength(images.length);
    for (const [i, { inputs: maps, shape, targets, indices }] of cached.entries()) {
      const seen = images[i];
      expect([targets, indices]).toEqual([seen.targets, seen.indices]);
      const input = tensor(seen.inputs, [...seen.shape]);
      const [expected] = backbone.apply(input) as Tensor[];
      expect(shape).toEqual(expected.shape);
      const values = expected.dataSync();
      // Which images are in a batch may change how products are rounded.
      const difference = maps.reduce((most, value, at) => Math.max(most, Math.abs(value - values[at])), 0);
      expect(difference).toBeLessThan(1e-5);
      input.dispose();
      expected.dispose();
    }
    backbone.dispose();
  });

  it('hold the mean of each map where the head reads that alone', async () => {
    const [pooling, attending] = await Promise.all(['linear', 'csra'].map((head) => smallModel({ head })));
    const [[means], [maps]] = await Promise.all(
      [pooling, attending].map(async (made) => batchesOf(await features({}, made))),
    );
    expect(maps.shape).toEqual([3, 4, 4, 144]);
    expect(means.shape).toEqual([3, 1, 1, 144]);
    const expected = tidy(() => mean(tensor(maps.inputs, [...maps.shape]), [1, 2]).dataSync());
    expect(means.inputs.every((value, i) => Math.abs(value - expected[i]) < 1e-5)).toBe(true);
    // The head computes the same of either.
    const [ofMeans, ofMaps] = [means, maps].map(({ inputs, shape }) =>
      tidy(() => (pooling.headNetwork.apply(tensor(inputs, [...shape])) as Tensor).dataSync()),
    );
    ofMeans.forEach((value, i) => expect(value).toBeCloseTo(ofMaps[i], 5));
    pooling.dispose();
    attending.dispose();
  });

  it('take augmented views again in turn', async () => {
    const options = { ...shuffled, augment: { randAugment: true }, views: 2 };
    const [first, , third] = await Promise.all(
      [0, 1, 2].map(async (epoch) => {
        const source = await features(options);
        const maps = new Map<number, Float32Array>();
        for await (const { indices, inputs, shape } of source.epoch(epoch)) {
          const length = inputs.length / shape[0];
          indices.forEach((index, row) => maps.set(index, inputs.subarray(row * length, (row + 1) * length)));
        }
        await source.close();
        return maps;
      }),
    );
    for (let index = 0; index < IMAGES; index++)
      if (first.has(index) && third.has(index)) expect(third.get(index)).toEqual(first.get(index));
  });

  it('are the same bits from the backbone, from memory and from the disk', async () => {
    const options = { ...shuffled, flipProbability: 0.5 };
    const fresh = await batchesOf(await features(options), 2);
    const kept = await batchesOf(await features(options), 2);
    const read = await batchesOf(await features({ ...options, memoryBytes: 0 }), 2);
    await rm(cache, { recursive: true });
    const freshOnDisk = await batchesOf(await features({ ...options, memoryBytes: 0 }), 2);
    expect([kept, read, freshOnDisk]).toEqual([fresh, fresh, fresh]);
  });

  it('can begin in the middle of an epoch', async () => {
    const source = await features(shuffled);
    const all: Batch[] = [];
    for await (const batch of source.epoch(1)) all.push(batch);
    const rest: Batch[] = [];
    for await (const batch of source.epoch(1, { fromBatch: 1 })) rest.push(batch);
    await source.close();
    expect(rest).toEqual(all.slice(1));
  });
});

describe('what is computed again', () => {
  it('nothing, where nothing changed; nor for other seeds of order and head', async () => {
    expect(await counts(features(shuffled))).toEqual([IMAGES, 0]);
    expect(await counts(features(shuffled))).toEqual([0, IMAGES]);
    expect(await counts(features({ batchSize: 2, shuffle: { seed: 6 } }))).toEqual([0, IMAGES]);
  });

  it('mirror images, once they are wanted', async () => {
    await counts(features());
    expect(await counts(features({ ...shuffled, flipProbability: 0.5 }))).toEqual([IMAGES, IMAGES]);
    expect(await counts(features())).toEqual([0, IMAGES]);
  });

  it('augmented views, of other settings or another seed', async () => {
    const augmented = { ...shuffled, augment: { cutout: true }, views: 2 };
    expect(await counts(features(augmented))).toEqual([2 * IMAGES, 0]);
    expect(await counts(features({ ...augmented, views: 3 }))).toEqual([IMAGES, 2 * IMAGES]);
    expect(await counts(features({ ...augmented, augment: { cutout: { factor: 0.2 } } }))).toEqual([
      2 * IMAGES,
      0,
    ]);
    expect(await counts(features({ ...augmented, shuffle: { seed: 6 } }))).toEqual([2 * IMAGES, 0]);
  });

  it('a photograph that changed, and one that is new; a copy of one that is known is not', async () => {
    const photos = await photographs(join(root, 'changing'), 4);
    await counts(features({}, model, photos));
    await writePhotograph(photos.images[2].path, 99);
    expect(await counts(features({}, model, photos))).toEqual([1, 3]);
    const copy = join(root, 'changing', 'copy.png');
    await writeFile(copy, await readFile(photos.images[0].path));
    const more = { ...photos, images: [...photos.images, { name: 'copy', path: copy, labels: [] }] };
    expect(await counts(features({}, model, more))).toEqual([0, 4]);
  });

  it('everything, for other weights, another size, another normalisation', async () => {
    await counts(features());
    const others = [
      ...[await smallModel({ seed: 4 }), await smallModel({ side: 64 }), await smallModel()],
      await smallModel({ normalisation: UNIT }),
    ];
    const variable = others[2].parameters.find(({ key }) => others[2].isBackboneKey(key))!.variable;
    const values = variable.read().dataSync();
    values[0] += 1e-3;
    variable.write(tensor(values as Float32Array, variable.shape as number[]));
    for (const other of others) {
      expect(await counts(features({}, other))).toEqual([IMAGES, 0]);
      other.dispose();
    }
    // The weights that it was computed with are there again: so are the features.
    const same = await smallModel();
    expect(await counts(features({}, same))).toEqual([0, IMAGES]);
    same.dispose();
  });

  it('everything, with the other build of the kernels, which rounds otherwise', async () => {
    await counts(features());
    const build = kernelBuild();
    await useEngine('wasm', { simd: 'plain' });
    // Where there is no other build, nothing is computed again.
    expect(await counts(features())).toEqual(build === 'plain' ? [0, IMAGES] : [IMAGES, 0]);
    await useEngine('wasm');
    expect(await counts(features())).toEqual([0, IMAGES]);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['a bit of a map turned', (path) => flip(path, -5)],
    ['a bit of its header turned', (path) => flip(path, 12)],
    ['its end was lost', async (path) => truncate(path, (await readFile(path)).length - 10)],
    ['it is empty', (path) => truncate(path, 0)],
  ])('what a damaged file held: %s', async (_, damage) => {
    const fresh = await batchesOf(await features());
    await counts(features({ ...shuffled, flipProbability: 1 }));
    const [path] = await shards();
    await damage(path);
    const events: FeaturesEvent[] = [];
    const source = await features({
      ...shuffled,
      flipProbability: 0.5,
      report: (event) => events.push(event),
    });
    expect([source.computed, source.reused]).toEqual([IMAGES, IMAGES]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'planned', damaged: 1, missing: IMAGES }));
    await source.close();
    expect(await batchesOf(await features())).toEqual(fresh);
    expect(await shards()).toHaveLength(2);
  });

  it('the rest, after a run that was stopped', async () => {
    const stop = new AbortController();
    const images = await photographs(join(root, 'many'), 40);
    const big = await smallModel({ side: 448 });
    const stopped = features(
      { signal: stop.signal, report: ({ kind }) => kind === 'computing' && stop.abort() },
      big,
      images,
    );
    await expect(stopped).rejects.toMatchObject({ code: 'training/interrupted' });
    const [computed, reused] = await counts(features({}, big, images));
    big.dispose();
    expect([computed + reused, reused]).toEqual([40, 8]);
  });

  it('what an image that cannot be read has kept from being computed', async () => {
    const broken = { ...dataset, images: [...dataset.images] };
    broken.images[3] = { name: 'text.png', path: join(root, 'text.png'), labels: [] };
    await writeFile(broken.images[3].path, 'not an image');
    await expect(features({}, model, broken)).rejects.toMatchObject({ code: 'data/not-an-image' });
    broken.images[3] = { ...broken.images[3], path: join(root, 'lost.png') };
    await expect(features({}, model, broken)).rejects.toMatchObject({ code: 'data/image-missing' });
    expect(await counts(features())).toEqual([IMAGES, 0]);
  });
});

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[(at + bytes.length) % bytes.length] ^= 1;
  await writeFile(path, bytes);
}

it('tells what it will take, and how far it is', async () => {
  const events: FeaturesEvent[] = [];
  await counts(features({ ...shuffled, flipProbability: 0.5, report: (event) => events.push(event) }));
  const [, height, width, channels] = model.features.outputs[0].shape as number[];
  const bytes = 2 * IMAGES * height * width * channels * 4;
  expect(events.filter(({ kind }) => kind === 'hashing').at(-1)).toMatchObject({
    done: IMAGES,
    total: IMAGES,
  });
  expect(events).toContainEqual(
    expect.objectContaining({
      kind: 'planned',
      images: IMAGES,
      views: 2,
      bytes,
      bytesToWrite: bytes,
      damaged: 0,
    }),
  );
  expect(events.at(-1)).toMatchObject({
    kind: 'computing',
    done: 2 * IMAGES,
    total: 2 * IMAGES,
    secondsLeft: 0,
  });
});

it.each<[Partial<CacheFeaturesOptions>, string]>([
  [{ ...shuffled, augment: { randAugment: true } }, 'training.features={views: 4}'],
  [{ ...shuffled, augment: { mix: true }, views: 3 }, '--set data.augment.mix=false'],
])('refuses %j', async (options, hint) => {
  await expect(features(options)).rejects.toMatchObject({
    code: 'usage/features-augment',
    hint: expect.stringContaining(hint),
  });
});

it('names the photograph that the backbone gives NaN for', async () => {
  const broken = await smallModel();
  const { variable } = broken.parameters[0];
  variable.write(fill(variable.shape as number[], NaN));
  await expect(features({}, broken)).rejects.toMatchObject({
    code: 'training/features-not-a-number',
    exitCode: 6,
    message: `The backbone outputs NaN for ${dataset.images[0].path}.`,
  });
  broken.dispose();
});

it('blames an own backbone for NaN', async () => {
  const own = { ...builtInParts.find(({ name }) => name === 'mobilenet-v3-small')!, name: 'small' };
  const broken = await buildModel(
    { backbone: { name: 'small', options: { widthMultiplier: 0.25 } }, head: { name: 'linear' } },
    { labels: dataset.labels, height: 32, width: 32, parts: [own] },
  );
  const { variable } = broken.parameters[0];
  variable.write(fill(variable.shape as number[], NaN));
  await expect(features({}, broken)).rejects.toMatchObject({
    code: 'part/not-finite',
    exitCode: 8,
    message: expect.stringMatching(/^The backbone ".*" outputs NaN for /),
  });
  broken.dispose();
});
