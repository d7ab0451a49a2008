import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor4d, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { LabelVocabulary, RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, loadModel, saveModel, type MultiLabelModel } from '@polytag/model';
import { requireOnnxRuntime, type OnnxRuntime } from '@polytag/onnx-runtime';
import { exportTfjs } from '../tfjs/export-tfjs.js';
import { exportOnnxBackbone } from './export-backbone.js';
import { exportOnnx } from './export-onnx.js';
import { madeModel } from './models.fixture.js';

const SIZE = { height: 64, width: 96 };
let folder: string;
let file: string;
let runtime: OnnxRuntime;
let native: MultiLabelModel;

beforeAll(async () => {
  await useEngine('wasm');
  ({ runtime } = await requireOnnxRuntime());
  folder = await mkdtemp(join(tmpdir(), 'polytag-'));
  file = join(folder, 'encoder.onnx');
  native = await madeModel('mobilenet-v3-small', 'linear', {}, SIZE);
  expect(await exportOnnxBackbone(native, file, { runtime })).toBeLessThan(1e-4);
});
afterAll(() => rm(folder, { recursive: true }));

const build = (options: object = {}) =>
  buildModel(
    {
      backbone: { name: 'onnx', options: { file, normalisation: 'half', ...options } },
      head: { name: 'ml-decoder', options: { embedding: 16, heads: 2, feedForward: 8 } },
    },
    { labels: new LabelVocabulary(['boat', 'dog', 'tree']), ...SIZE },
  );

function images(count: number): Tensor4D {
  const random = new RandomStream(1, 'images');
  const values = Float32Array.from({ length: count * SIZE.height * SIZE.width * 3 }, () => random.normal());
  return tensor4d(values, [count, SIZE.height, SIZE.width, 3]);
}

const featuresOf = ({ features }: MultiLabelModel, x: Tensor4D) =>
  tidy(() => (features.apply(x, { training: false }) as Tensor4D).dataSync<'float32'>());

it('makes the features that the network makes itself, and the same bits each time', async () => {
  const model = await build();
  const x = images(3);
  const [own, found] = [featuresOf(native, x), featuresOf(model, x)];
  expect(model.features.outputs[0].shape).toEqual(native.features.outputs[0].shape);
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  own.forEach((value, i) => expect(Math.abs(value - found[i]) / largest).toBeLessThan(1e-4));
  expect(featuresOf(model, x)).toEqual(found);
  expect(model.parameters.every(({ key }) => !model.isBackboneKey(key))).toBe(true);
  model.dispose();
});

it('is saved with its head in one folder, and exported as one graph', async () => {
  const model = await build();
  const saved = join(folder, 'model');
  await saveModel(model, saved);
  expect(await readFile(join(saved, 'backbone.onnx'))).toEqual(await readFile(file));
  const again = await loadModel(saved);
  const x = images(2);
  expect(again.predictBatch(x).dataSync()).toEqual(model.predictBatch(x).dataSync());
  const checked = await exportOnnx(again, join(folder, 'joined'), { runtime });
  expect(checked!.scores).toBeLessThan(1e-4);
  await expect(exportTfjs(again, join(folder, 'tfjs'))).rejects.toMatchObject({ code: 'usage/onnx-layer' });

  // Without manifest the digest in config.json tells.
  await rm(join(saved, 'manifest.json'));
  const bytes = await readFile(file);
  bytes[bytes.length - 1] ^= 1;
  await writeFile(join(saved, 'backbone.onnx'), bytes);
  await expect(loadModel(saved)).rejects.toMatchObject({ code: 'checkpoint/checksum' });
  const config = join(saved, 'config.json');
  await writeFile(config, (await readFile(config, 'utf8')).replace('"backbone.onnx"', '"../encoder.onnx"'));
  await expect(loadModel(saved)).rejects.toMatchObject({ code: 'checkpoint/missing-file' });
  model.dispose();
  again.dispose();
});

it.each<[string, object, string, RegExp]>([
  ['a file that is not there', { file: 'none.onnx' }, 'usage/file-missing', /none\.onnx/],
  [
    'an output that is not there',
    { output: 'last_hidden_state' },
    'usage/onnx-output',
    /no output "last_hidden_state"/,
  ],
  ['a layout that does not fit', { layout: 'tokens' }, 'usage/onnx-layout', /that is no tokens/],
  [
    'another file than was meant',
    { sha256: 'ab'.repeat(32) },
    'checkpoint/checksum',
    /not the file that was meant/,
  ],
  ['a misspelt option', { outputs: 'a' }, 'usage/unknown-key', /outputs/],
])('refuses %s', async (_, options, code, told) => {
  await expect(build(options)).rejects.toMatchObject({ code, message: expect.stringMatching(told) });
});

it('lists the outputs that there are', async () => {
  await expect(build({ output: 'map' })).rejects.toMatchObject({
    hint: 'Its outputs: "feature_map" [?, 144, ?, ?].',
  });
});

it('refuses a damaged file', async () => {
  const damaged = join(folder, 'damaged.onnx');
  await writeFile(damaged, (await readFile(file)).subarray(0, 2000));
  await expect(build({ file: damaged })).rejects.toMatchObject({ code: 'checkpoint/onnx' });
});
