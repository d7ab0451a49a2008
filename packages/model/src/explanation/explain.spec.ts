import { memory, tensor3d, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  applyHead,
  defineBackbone,
  defineHead,
  LabelVocabulary,
  RandomStream,
  type AppliedHead,
} from '@polytag/core';
import { encodePng } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { exportParameters, GlobalPool } from '@polytag/layers';
import * as z from 'zod';
import { buildModel } from '../build/build-model.js';
import type { AnyPartDefinition } from '../config/resolved-part.js';
import { plainHead, tinyBackbone, tinyParts } from '../tiny-parts.fixture.js';
import { heatMapPeak, heatMapPixels, type HeatMap } from './heat-map.js';

beforeAll(() => useEngine('wasm'));

const labels = new LabelVocabulary(['dog', 'cat', 'person']);
const build = (
  head: { name: string; options?: Record<string, unknown> },
  parts: readonly AnyPartDefinition[] = tinyParts,
) =>
  buildModel(
    { backbone: { name: 'tiny' }, head: { options: {}, ...head } },
    { labels, height: 8, width: 6, seed: 5, parts },
  );

const pixelsOf = (seed: number) => {
  const random = new RandomStream(seed, 'pixels');
  return Array.from({ length: 8 * 6 * 3 }, () => random.integer(256));
};
const photographs = (count: number) =>
  tensor4d(Array.from({ length: count }, (_, i) => pixelsOf(i)).flat(), [count, 8, 6, 3]);
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

it.each([
  ['linear', { space: 'cosines', scale: 9 }],
  ['linear', {}],
  ['csra', { temperatures: [2, 'max'] }],
])('%s %j: the mean of each map, scaled, is the score of the label', async (name, options) => {
  const model = await build({ name, options });
  for (const fold of [false, true]) {
    if (fold) model.foldConstants();
    const explained = await model.explain(photographs(2), { labels: ['person', 'dog', 'cat'] });
    const scores = await model.topK(photographs(2), 3);
    explained.forEach((maps, image) => {
      expect(maps.map(({ label }) => label)).toEqual(['person', 'dog', 'cat']);
      for (const { label, score, kind, height, width, values } of maps) {
        expect([kind, height, width, values.length]).toEqual(['contributions', 4, 3, 12]);
        const expected = scores[image].find((one) => one.label === label)!.score;
        expect(score).toBeCloseTo(expected, 6);
        expect(sigmoid(model.scale * mean(values))).toBeCloseTo(expected, 5);
      }
    });
  }
  model.dispose();
});

it('gives the attention of ML-Decoder, whose sum over the cells is 1', async () => {
  const model = await build({ name: 'ml-decoder', options: { embedding: 8, heads: 2, feedForward: 8 } });
  for (const { kind, values } of await model.explain(tensor3d(pixelsOf(1), [8, 6, 3]), { labels: ['cat'] })) {
    expect(kind).toBe('attention');
    expect(12 * mean(values)).toBeCloseTo(1, 5);
  }
  model.dispose();
});

it('weighs the channels by the mean gradient where a head gives no maps', async () => {
  const model = await build({ name: 'mean' });
  const [photograph] = [tensor3d(pixelsOf(3), [8, 6, 3])];
  const [{ kind, values }] = await model.explain(photograph, { labels: ['dog'] });
  expect(kind).toBe('gradients');
  // Of a mean and a linear map the gradient is weight/N in every cell.
  const weight = (await exportParameters(model.parameters)).get('classifier.weight')!.data;
  const images = tensor4d(
    pixelsOf(3).map((value) => value / 255),
    [1, 8, 6, 3],
  );
  const map = (model.features.apply(images) as Tensor4D).dataSync();
  const dog = labels.names.indexOf('dog');
  values.forEach((value, cell) => {
    const sum = [0, 1, 2, 3].reduce((total, c) => total + weight[4 * dog + c] * map[4 * cell + c], 0);
    expect(value).toBeCloseTo(Math.max(0, sum / 12), 5);
  });
  expect(Math.max(...values)).toBeGreaterThan(0);
  model.dispose();
});

it('explains what is predicted, best first, and nothing where nothing is', async () => {
  const model = await build({ name: 'linear' });
  model.thresholds = [0, 0, 1];
  const [maps] = await model.explain(photographs(1));
  const [predicted] = await model.predict(photographs(1));
  expect(maps.map(({ label, score }) => ({ label, score }))).toEqual(
    predicted.map(({ label, score }) => ({ label, score: expect.closeTo(score, 6) })),
  );
  expect(maps).toHaveLength(2);
  model.thresholds = [1, 1, 1];
  expect(await model.explain(photographs(2))).toEqual([[], []]);
  model.dispose();
});

it('takes files, gives the errors of those that cannot be read, and leaves no tensor', async () => {
  const start = memory().numTensors;
  const model = await build({ name: 'gcn', options: { wordDimension: 2 } });
  const file = await encodePng({ pixels: Uint8Array.from(pixelsOf(1)), height: 8, width: 6 });
  const explain = () => model.explain([file, 'none.png'], { labels: ['dog'], onError: 'return' });
  const [maps, error] = await explain();
  expect(maps).toEqual(await model.explain(file, { labels: ['dog'] }));
  expect(error).toMatchObject({ code: 'data/image-missing' });
  const before = memory().numTensors;
  await explain();
  expect(memory().numTensors).toBe(before);
  model.dispose();
  expect(memory().numTensors).toBe(start);
});

it('refuses a label that the model does not have', async () => {
  const model = await build({ name: 'linear' });
  await expect(model.explain(photographs(1), { labels: ['dogs'] })).rejects.toMatchObject({
    code: 'usage/unknown-label',
    hint: 'Did you mean "dog"?',
  });
  model.dispose();
});

describe('an own head', () => {
  const own = (heatMaps: (map: SymbolicTensor, classes: number) => unknown) =>
    defineHead({
      name: 'own',
      options: z.strictObject({}),
      create: () => ({
        name: 'own',
        space: 'logits' as const,
        apply: (map, context): AppliedHead => {
          const given = applyHead(plainHead.create({}), map, context);
          return { ...given, heatMaps: () => heatMaps(map, context.labels.size) as never };
        },
      }),
    });
  const conv = (filters: number) =>
    layers.conv2d({ filters, kernelSize: 1, name: 'maps', kernelInitializer: 'ones', useBias: false });
  const explain = async (heatMaps: Parameters<typeof own>[0]) => {
    const model = await build({ name: 'own' }, [...tinyParts, own(heatMaps)]);
    return model.explain(photographs(1), { labels: ['cat'] }).finally(() => model.dispose());
  };

  it('gives its own maps', async () => {
    const [[map]] = await explain((map, k) => ({ kind: 'attention', maps: conv(k).apply(map) }));
    expect(map).toMatchObject({ kind: 'attention', height: 4, width: 3 } satisfies Partial<HeatMap>);
  });

  it.each<[string, Parameters<typeof own>[0]]>([
    ['part/shape', (map, k) => ({ kind: 'attention', maps: conv(k + 1).apply(map) })],
    ['part/contract', (map, k) => ({ kind: 'heat', maps: conv(k).apply(map) })],
    ['part/contract', () => undefined],
    ['part/promise', (map, k) => Promise.resolve({ kind: 'attention', maps: conv(k).apply(map) })],
    [
      'part/threw',
      () => {
        throw new Error('no maps today');
      },
    ],
  ])('is refused with %s', async (code, heatMaps) => {
    await expect(explain(heatMaps)).rejects.toMatchObject({ code });
  });
});

it('finds the peak of a map in the middle of its cell', () => {
  expect(heatMapPeak({ height: 2, width: 4, values: Float32Array.of(0, 0, 0, 0, 1, 2, 9, 1) })).toEqual({
    x: 0.625,
    y: 0.75,
  });
});

it('is clear up to the mean, and the more opaque the hotter', () => {
  const { pixels, ...size } = heatMapPixels(
    { height: 1, width: 4, values: Float32Array.of(-4, 0, 1, 3) },
    { height: 9, width: 7 },
  );
  expect(size).toEqual({ height: 1, width: 4 });
  const opacity = [3, 7, 11, 15].map((i) => pixels[i]);
  expect(opacity).toEqual([0, 0, expect.any(Number), 204]);
  expect(opacity[2]).toBeGreaterThan(0);
  expect(opacity[2]).toBeLessThan(204);
  expect([
    ...heatMapPixels(
      { height: 1, width: 2, values: Float32Array.of(2, 2) },
      { height: 1, width: 1 },
    ).pixels.filter((_, i) => i % 4 === 3),
  ]).toEqual([0, 0]);
});

it('lies where the network saw the photograph, and is clear around it', () => {
  // 300 x 200 becomes 384 x 256, of which the middle 224 x 224 is seen: 224/384 of its width, 224/256 of its height.
  const crop = { height: 224, width: 224, shortSide: 256 };
  const map = { crop, height: 2, width: 2, values: Float32Array.of(0, 0, 0, 4) };
  const { pixels, height, width } = heatMapPixels(map, { height: 200, width: 300 });
  expect([height, width]).toEqual([Math.round(8 / (224 / 256)), Math.round(8 / (224 / 384))]);
  const opaque = [...pixels.keys()].filter((i) => i % 4 === 3 && pixels[i] > 0).map((i) => (i - 3) / 4);
  const columns = opaque.map((i) => i % width);
  const rows = opaque.map((i) => Math.floor(i / width));
  // The last cell of four, in a field of 8 x 8 in the middle of 9 x 14.
  expect([Math.min(...columns), Math.max(...columns)]).toEqual([7, 10]);
  expect([Math.min(...rows), Math.max(...rows)]).toEqual([4, 7]);
});

it('explains a head that reads a class token by the gradients of the map alone', async () => {
  const withToken = defineBackbone({
    name: 'with-token',
    options: z.strictObject({}),
    create: () => {
      const tiny = tinyBackbone.create({ channels: 4, seed: 0 });
      const applyWithClassToken = (image: SymbolicTensor) => {
        const featureMap = tiny.apply(image);
        const classToken = new GlobalPool({ name: 'token' }).apply(featureMap) as SymbolicTensor;
        return { featureMap, classToken };
      };
      return { ...tiny, applyWithClassToken };
    },
  });
  const model = await buildModel(
    { backbone: { name: 'with-token' }, head: { name: 'class-token' } },
    { labels, height: 8, width: 6, seed: 1, parts: [withToken] },
  );
  const [[map]] = await model.explain(photographs(1), { labels: ['dog'] });
  expect(map).toMatchObject({ kind: 'gradients', height: 4, width: 3 });
  expect(map.values).toHaveLength(12);
  model.dispose();
});
