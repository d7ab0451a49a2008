import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, io, mul, randomUniform, tidy, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { readFolder } from '@polytag/checkpoints';
import { HALF, LabelVocabulary, type LabelGraph } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, type MultiLabelModel } from '@polytag/model';
import { exportTfjs } from './export-tfjs.js';

const labels = new LabelVocabulary(['dog', 'cat', 'person']);
const labelGraph: LabelGraph = {
  cooccurrence: { rows: 3, columns: 3, values: Float32Array.of(0, 0.5, 0.1, 0.2, 0, 0.9, 0, 0, 0) },
  wordVectors: { rows: 3, columns: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) },
};

let folder: string;
beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A model none of whose weights has its initial value. */
async function made(head: object, widthMultiplier = 0.25): Promise<MultiLabelModel> {
  const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier } };
  const model = await buildModel(
    { backbone, head: head as { name: string } },
    { labels, height: 32, width: 32, normalisation: HALF, labelGraph },
  );
  for (const { variable } of model.parameters) {
    tidy(() => void variable.write(add(mul(variable.read(), 0.9), 0.01)));
  }
  return model;
}

/** What a page's loader does, with files in place of addresses. */
async function loadAsPage(from: string) {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(from, 'model.json'), 'utf8'));
  const [{ paths, weights }] = weightsManifest as { paths: string[]; weights: io.WeightsManifestEntry[] }[];
  const shards = await Promise.all(paths.map((path) => readFile(join(from, path))));
  const weightData = Uint8Array.from(Buffer.concat(shards)).buffer;
  return loadLayersModel(io.fromMemory({ modelTopology, weightSpecs: weights, weightData }));
}

it.each([
  ['linear', { name: 'linear', options: { space: 'cosines', scale: 17 } }],
  ['gcn', { name: 'gcn', options: { hiddenScale: 16, space: 'cosines', scale: 17 } }],
  ['ml-decoder', { name: 'ml-decoder', options: { embedding: 16, heads: 2, feedForward: 8 } }],
])('gives a browser the outputs of the model with the head %s', async (name, head) => {
  const model = await made(head);
  const to = join(folder, name);
  await exportTfjs(model, to);
  const loaded = await loadAsPage(to);
  const images = randomUniform([2, 32, 32, 3], -1, 1, 'float32', 5) as Tensor4D;
  const [expected, got] = [model.predictBatch(images), loaded.predict(images) as Tensor2D];
  const outputs = [...(await expected.data())];
  expect(new Set(outputs).size).toBeGreaterThan(3);
  [...(await got.data())].forEach((output, i) => expect(output).toBeCloseTo(outputs[i], 5));
  expect(JSON.parse(await readFile(join(to, 'polytag.json'), 'utf8'))).toEqual({
    labels: ['cat', 'dog', 'person'],
    height: 32,
    width: 32,
    normalisation: HALF,
    scale: model.scale,
  });
  for (const tensor of [images, expected, got]) tensor.dispose();
  loaded.dispose();
  model.dispose();
});

it('stores weights in float16 when told to: half the bytes, each weight rounded to 11 bits', async () => {
  const model = await made({ name: 'linear', options: { space: 'cosines', scale: 17 } });
  model.thresholds = [0.2, 0.5, 0.9];
  model.calibration = {
    method: 'platt',
    slopes: Float64Array.of(1, 2, 0.5),
    offsets: Float64Array.of(0, -1, 1),
  };
  const [full, half] = [join(folder, 'full'), join(folder, 'half')];
  await exportTfjs(model, full);
  await exportTfjs(model, half, { weights: 'float16' });
  const bytesOf = async (name: string) => (await readFile(join(name, 'weights-1-of-1.bin'))).length;
  expect(await bytesOf(half)).toBe((await bytesOf(full)) / 2);
  const loaded = await loadAsPage(half);
  const [own, rounded] = [model.network.getWeights(), loaded.getWeights()];
  expect(rounded.map(({ shape }) => shape)).toEqual(own.map(({ shape }) => shape));
  let [changed, wrong] = [0, 0];
  for (const [i, weight] of own.entries()) {
    const got = await rounded[i].data();
    (await weight.data()).forEach((value, j) => {
      const error = Math.abs(got[j] - value);
      wrong += Number(!(error <= Math.max(2 ** -11 * Math.abs(value), 2 ** -25)));
      changed += Number(error > 0);
    });
  }
  expect(wrong).toBe(0);
  expect(changed).toBeGreaterThan(1000);
  const { thresholds, calibration } = JSON.parse(await readFile(join(half, 'polytag.json'), 'utf8'));
  expect(thresholds).toEqual([0.2, 0.5, 0.9]);
  expect(calibration).toEqual({ method: 'platt', slopes: [1, 2, 0.5], offsets: [0, -1, 1] });
  loaded.dispose();
  model.dispose();
});

it('refuses float16 for a weight that would become infinite, and names it', async () => {
  const model = await made({ name: 'linear' });
  const { variable, key } = model.parameters.at(-1)!;
  tidy(() => void variable.write(add(variable.read(), 1e5)));
  await expect(exportTfjs(model, join(folder, 'beyond'), { weights: 'float16' })).rejects.toMatchObject({
    code: 'usage/float16-range',
    message: expect.stringContaining(key.split('.')[0]),
  });
  model.dispose();
});

describe('the folder', () => {
  let model: MultiLabelModel;
  beforeAll(async () => void (model = await made({ name: 'linear' })));
  afterAll(() => model.dispose());

  it('has checksums, and is replaced when it is a former export', async () => {
    const to = join(folder, 'twice');
    await exportTfjs(model, to);
    await exportTfjs(model, to);
    const names = ['manifest.json', 'model.json', 'polytag.json', 'weights-1-of-1.bin'];
    expect((await readdir(to)).sort()).toEqual(names);
    const { weightsManifest } = JSON.parse(
      new TextDecoder().decode((await readFolder(to)).get('model.json')),
    );
    expect(weightsManifest[0].paths).toEqual(['weights-1-of-1.bin']);
  });

  it('is left alone when it is somebody else’s', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'ten years of work');
    await expect(exportTfjs(model, folder)).rejects.toMatchObject({
      code: 'usage/foreign-folder',
      exitCode: 2,
      message: expect.stringContaining(folder),
    });
    expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('ten years of work');
  });
});

it('cuts weights into shards of at most 4 MiB that join to the whole', async () => {
  const model = await made({ name: 'linear' }, 1);
  const to = join(folder, 'large');
  await exportTfjs(model, to);
  const files = await readFolder(to);
  const shards = [...files].filter(([name]) => name.endsWith('.bin')).map(([, bytes]) => bytes.length);
  expect(shards.length).toBeGreaterThan(1);
  for (const size of shards) expect(size).toBeLessThanOrEqual(4 * 1024 * 1024);
  const values = model.parameters.reduce(
    (sum, { variable }) => sum + variable.shape.reduce<number>((n, d) => n * (d ?? 1), 1),
    0,
  );
  expect(shards.reduce((sum, size) => sum + size, 0)).toBe(4 * values);
  const loaded = await loadAsPage(to);
  // The last weights lie in the last shard.
  const { name } = model.network.layers.filter((layer) => layer.getWeights().length > 0).at(-1)!;
  const [weight] = loaded.getLayer(name).getWeights();
  const [own] = model.network.getLayer(name).getWeights();
  expect([...(await weight.data())]).toEqual([...(await own.data())]);
  loaded.dispose();
  model.dispose();
});
