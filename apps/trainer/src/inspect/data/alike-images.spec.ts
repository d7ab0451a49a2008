import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError, LabelVocabulary, RandomStream } from '@polytag/core';
import { encodePng, type LabelledDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import { mean, memory, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs';
import { alikeImages } from './alike-images.js';

const COUNT = 300;
const COSINE = 0.99;
let folder: string;
let dataset: LabelledDataset;
const colours: number[][] = [];

/** Its features are the mean colour. */
const model = {
  preprocessing: { height: 2, width: 2, normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } },
  embedBatch: (images: Tensor4D) => mean<Tensor2D>(images, [1, 2]),
} as unknown as MultiLabelModel;

beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-alike-'));
  const random = new RandomStream(1);
  const images = [];
  for (let i = 0; i < COUNT; i++) {
    colours.push([0, 1, 2].map(() => 5 + random.integer(250)));
    const path = join(folder, `${i}.png`);
    const pixels = Uint8Array.from({ length: 12 }, (_, at) => colours[i][at % 3]);
    await writeFile(path, await encodePng({ pixels, height: 2, width: 2 }));
    images.push({ name: `${i}.png`, path, labels: [] });
  }
  const labels = new LabelVocabulary(['any']);
  dataset = { source: 'all.json', labels, images, unknownLabels: new Map() };
});
afterAll(() => rm(folder, { recursive: true }));

const options = { cosine: COSINE, signal: new AbortController().signal, report: () => {} };

it('finds the pairs whose features have the cosine, as comparing each with each does, and leaves no tensor', async () => {
  const compared = Uint32Array.from({ length: COUNT - 1 }, (_, i) => i + 1);
  const before = memory().numTensors;
  const { group, pairs } = await alikeImages(model, dataset, compared, options);
  expect(memory().numTensors).toBe(before);
  const length = (a: number[]) => Math.hypot(...a);
  const cosine = (a: number[], b: number[]) =>
    a.reduce((sum, value, i) => sum + value * b[i], 0) / length(a) / length(b);
  const expected = [];
  for (let i = 1; i < COUNT; i++) {
    for (let j = i + 1; j < COUNT; j++) {
      const similarity = cosine(colours[i], colours[j]);
      // Nothing is so near to the limit that rounding decides.
      expect(Math.abs(similarity - COSINE)).toBeGreaterThan(1e-7);
      if (similarity > COSINE) expected.push([i, j]);
    }
  }
  expect(expected.length).toBeGreaterThan(100);
  expect(pairs.map(({ first, second }) => [first, second])).toEqual(expected);
  for (const [i, j] of expected) expect(group[i]).toBe(group[j]);
  expect(group[0]).toBe(0);
  for (const { first, second, similarity } of pairs)
    expect(similarity).toBeCloseTo(cosine(colours[first], colours[second]), 6);
});

it('stops on a signal', async () => {
  const stopped = alikeImages(model, dataset, Uint32Array.of(0, 1), {
    ...options,
    signal: AbortSignal.abort(),
  });
  await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
});
