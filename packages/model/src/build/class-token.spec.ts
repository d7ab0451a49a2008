import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomNormal, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { vit, vitSchema } from '@polytag/backbones';
import { serialiseSafetensors } from '@polytag/checkpoints';
import { defineBackbone, LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportParameters, summariseNetwork } from '@polytag/layers';
import { loadWeights } from '../weights/load-weights.js';
import { tinyBackbone } from '../tiny-parts.fixture.js';
import { buildModel } from './build-model.js';

beforeAll(() => useEngine('wasm'));

const tinyVit = defineBackbone({
  name: 'tiny-vit',
  options: vitSchema,
  create: (options) =>
    vit({
      ...options,
      size: { patch: 4, width: 12, depth: 2, heads: 3, tableSide: 3 },
      registers: 2,
    }),
});
const parts = [tinyVit, tinyBackbone];
const labels = new LabelVocabulary(['cat', 'dog', 'tree']);
const build = (backbone: string, head: string, seed = 0) =>
  buildModel(
    { backbone: { name: backbone }, head: { name: head } },
    { labels, height: 8, width: 20, seed, parts },
  );

it('a head reads the class token beside the map, and is the same on what would be cached', async () => {
  const model = await build('tiny-vit', 'class-token');
  expect(model.features.outputs[0].shape).toEqual([null, 2, 5, 12]);
  expect(model.headInputs.outputs[0].shape).toEqual([null, 3, 5, 12]);
  expect(model.isBackboneKey('cls_token') && model.isBackboneKey('norm.weight')).toBe(true);
  expect(model.parameters.filter(({ key }) => !model.isBackboneKey(key)).map(({ key }) => key)).toEqual([
    'linear_head.weight',
    'linear_head.bias',
  ]);
  tidy(() => {
    const images = randomNormal([2, 8, 20, 3], 0, 1, 'float32', 4) as Tensor4D;
    const cached = model.headInputs.apply(images) as Tensor;
    const outputs = (model.network.apply(images) as Tensor).dataSync();
    expect((model.headNetwork.apply(cached) as Tensor).dataSync()).toEqual(outputs);
    const other = (model.network.apply(randomNormal([2, 8, 20, 3], 0, 1, 'float32', 5)) as Tensor).dataSync();
    expect(other).not.toEqual(outputs);
  });
  model.dispose();
});

it('other heads read the map alone', async () => {
  const model = await build('tiny-vit', 'linear');
  expect(model.headInputs).toBe(model.features);
  expect(model.features.layers.some(({ name }) => name === 'class_token')).toBe(false);
  expect(summariseNetwork(model.network).multiplyAdds).toBe(
    10 * 48 * 12 + 2 * (12 * 13 * 12 ** 2 + 2 * 13 ** 2 * 12) + 12 * 3,
  );
  model.dispose();
});

it('refuses a head that reads a class token on a backbone that has none', async () => {
  await expect(build('tiny', 'class-token')).rejects.toMatchObject({
    code: 'usage/no-class-token',
    message: expect.stringContaining(
      'head "class-token" reads a class token, and the backbone "tiny" has none',
    ),
    hint: expect.stringContaining('vit-s-14'),
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'polytag-vit-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it('reads weights under the names of transformers', async () => {
    const [from, to] = [await build('tiny-vit', 'linear', 1), await build('tiny-vit', 'linear', 2)];
    const backbone = from.parameters.filter(({ key }) => from.isBackboneKey(key));
    const values = await exportParameters(backbone);
    const named = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const { key, alias } of backbone) {
      const { shape, data } = values.get(key)!;
      const names = [alias!.key, ...(alias!.more ?? [])];
      const size = data.length / names.length;
      names.forEach((name, i) =>
        named.set(`dinov2_with_registers.${name}`, {
          shape: [shape[0] / names.length, ...shape.slice(1)],
          data: data.slice(i * size, (i + 1) * size),
        }),
      );
    }
    const path = join(folder, 'model.safetensors');
    await writeFile(path, serialiseSafetensors(named));
    const { missing, discarded } = await loadWeights(to, path);
    expect(missing.filter((key) => to.isBackboneKey(key))).toEqual([]);
    expect(discarded).toEqual([]);
    const loaded = await exportParameters(to.parameters.filter(({ key }) => to.isBackboneKey(key)));
    expect(loaded).toEqual(values);
    [from, to].forEach((model) => model.dispose());
  });
});
