import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { image, io, tensor4d, tidy, transpose, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { openSession, type OnnxRuntime } from '@polytag/onnx-runtime';
import * as ort from 'onnxruntime-web';
import { madeModel, smallBackbones } from '../onnx/models.fixture.js';
import { exportHuggingFace } from './export-huggingface.js';

jest.setTimeout(120_000);
ort.env.wasm.numThreads = 1;
const runtime = ort as unknown as OnnxRuntime;
let folder: string;
beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-hub-'));
});
afterAll(() => rm(folder, { recursive: true }));

const [height, width] = [64, 96];

/** Normalised images of blocks of colour, [B, height, width, 3]. */
function images(count: number): Tensor4D {
  const random = new RandomStream(count, 'blocks');
  const blocks = Float32Array.from({ length: count * (height / 8) * (width / 8) * 3 }, () => random.normal());
  return tidy(() =>
    image.resizeNearestNeighbor(tensor4d(blocks, [count, height / 8, width / 8, 3]), [height, width]),
  );
}

/** Raw outputs of a network of TensorFlow.js. */
const outputsOf = (apply: (x: Tensor4D) => unknown, x: Tensor4D) =>
  tidy(() => (apply(x) as Tensor2D).dataSync<'float32'>().slice());

async function loadTfjs(path: string) {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(path, 'model.json'), 'utf8'));
  const parts = await Promise.all(weightsManifest[0].paths.map((name: string) => readFile(join(path, name))));
  const weightData = Uint8Array.from(Buffer.concat(parts)).buffer;
  return loadLayersModel(
    io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  );
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const gap = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return largest(Array.from(a, (value, i) => value - b[i]));
};

async function made(backbone: string, head: string, space: string): Promise<MultiLabelModel> {
  const model = await madeModel(backbone, head, { space });
  model.thresholds = [0.1, 0.2, 0.3, 0.4, 0.5];
  model.calibration = {
    method: 'platt',
    slopes: Float64Array.of(0.5, 1, 2, 0.7, 1.5),
    offsets: Float64Array.of(-1, 0, 0.5, 1, -2),
  };
  return model;
}

it.each([
  ['mobilenet-v3-small', 'linear', 'cosines'],
  ['mobilenet-v3-large', 'ml-decoder', 'logits'],
  ['small-tresnet', 'gcn', 'cosines'],
  ['small-efficientnet', 'ml-decoder', 'cosines'],
])('%s with %s of %s: weights, ONNX and tfjs agree within 1e-4 of the largest output', async (...parts) => {
  const model = await made(...parts);
  const to = join(folder, parts.join('-'));
  const checked = await exportHuggingFace(model, to, { runtime });
  expect(checked!.scores).toBeLessThan(1e-4);
  const same = await loadModel(to, { parts: smallBackbones });
  const web = await loadTfjs(join(to, 'tfjs'));
  const session = await openSession(join(to, 'onnx', 'model.onnx'), { runtime });
  for (const count of [1, 3]) {
    const x = images(count);
    const expected = outputsOf((x) => model.predictBatch(x), x);
    const near = 1e-4 * largest(expected);
    expect(
      gap(
        outputsOf((x) => same.predictBatch(x), x),
        expected,
      ),
    ).toBeLessThan(near);
    expect(
      gap(
        outputsOf((x) => web.predict(x), x),
        expected,
      ),
    ).toBeLessThan(near);
    const planes = tidy(() => transpose(x, [0, 3, 1, 2]).dataSync<'float32'>().slice());
    const { probabilities, logits } = await session.run({
      pixel_values: { type: 'float32', data: planes, shape: [count, 3, height, width] },
    });
    expect(gap(probabilities.data as Float32Array, model.scores(expected))).toBeLessThan(1e-4);
    const sigmoids = Array.from(logits.data as Float32Array, (value) => 1 / (1 + Math.exp(-value)));
    expect(gap(probabilities.data as Float32Array, sigmoids)).toBeLessThan(1e-6);
    x.dispose();
  }
  expect(same.thresholds).toEqual(model.thresholds);
  await session.close();
  for (const one of [model, same]) one.dispose();
  web.dispose();
});

it('says in config.json what programs of hubs look for', async () => {
  const model = await made('mobilenet-v3-small', 'linear', 'logits');
  const to = join(folder, 'said');
  await exportHuggingFace(model, to);
  const config = JSON.parse(await readFile(join(to, 'config.json'), 'utf8'));
  expect(config).toMatchObject({
    architectures: ['PolytagForImageClassification'],
    model_type: 'polytag',
    problem_type: 'multi_label_classification',
    id2label: { 0: 'boat', 4: 'tree' },
    label2id: { boat: 0, tree: 4 },
    thresholds: model.thresholds,
  });
  model.dispose();
});

it('adds a score to a README only where it was measured and none is there', async () => {
  const model = await made('mobilenet-v3-small', 'linear', 'logits');
  const to = join(folder, 'card');
  const readme = async (options: Parameters<typeof exportHuggingFace>[2]) => {
    await exportHuggingFace(model, to, options);
    return readFile(join(to, 'README.md'), 'utf8');
  };
  const file = { name: 'a "model"', bytes: 2e6, mAP: 0.5, imagesPerSecond: 10 };
  const measured = { data: 'set/val.json', images: 7, model: file, files: [] };
  expect(await readme({})).not.toContain('model-index');
  const once = await readme({ measured });
  expect(once).toContain('model-index:\n  - name: "a \\"model\\""\n');
  expect(once).toContain('value: 50.00 }');
  const twice = await readme({ card: once, measured: { ...measured, model: { ...file, mAP: 0.6 } } });
  expect(twice).toContain('value: 50.00 }');
  expect(twice).not.toContain('value: 60.00');
  expect(twice.match(/^## In other programs$/gm)).toHaveLength(1);
  model.dispose();
});
