import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { tensor4d, tidy, transpose, zeros, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  defineHead,
  LabelVocabulary,
  RandomStream,
  UNIT,
  type OnnxGraph,
  type OnnxValue,
} from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { GlobalPool, NetworkPart } from '@polytag/layers';
import { buildModel, type MultiLabelModel } from '@polytag/model';
import type { OnnxRuntime } from '@polytag/onnx-runtime';
import * as ort from 'onnxruntime-web';
import * as z from 'zod';
import { exportOnnx } from './export-onnx.js';
import { ModelProtoSchema, type ValueInfoProto } from './generated/onnx_pb.js';
import { BACKBONES, HEADS, madeModel } from './models.fixture.js';

// Python starts.
jest.setTimeout(120_000);

// One thread: no worker outlives the tests.
ort.env.wasm.numThreads = 1;
const runtime = ort as unknown as OnnxRuntime;
let folder: string;
beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-onnx-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bytesOf = (name: string) => readFile(join(folder, name, 'model.onnx'));

/** Raw outputs and probabilities of the file and of the model on images of one size. */
async function bothOn(
  bytes: Uint8Array,
  model: MultiLabelModel,
  images: number,
  height: number,
  width: number,
) {
  const random = new RandomStream(images, 'pixels');
  const pixels = Uint8Array.from({ length: images * height * width * 3 }, () => random.integer(256));
  const session = await ort.InferenceSession.create(bytes);
  const given = new ort.Tensor('uint8', pixels, [images, height, width, 3]);
  const found = await session.run({ images: given });
  await session.release();
  const { mean, std } = model.preprocessing.normalisation;
  const normalised = Float32Array.from(pixels, (value, i) => (value / 255 - mean[i % 3]) / std[i % 3]);
  const batch = tensor4d(normalised, [images, height, width, 3]);
  const outputs = tidy(() => model.network.apply(batch) as Tensor2D);
  const embedding = model.embedBatch(batch);
  const heatmap = model.heatMaps ? heatMapsOf(model, batch) : zeros([0]);
  const expected = {
    scores: await outputs.data(),
    probabilities: model.scores(await outputs.data()),
    embedding: await embedding.data(),
    heatmap: await heatmap.data(),
  };
  for (const tensor of [batch, outputs, embedding, heatmap]) tensor.dispose();
  return { found, expected };
}

/** Channels first, as ONNX has maps. */
function heatMapsOf({ network, heatMaps }: MultiLabelModel, batch: Tensor4D): Tensor4D {
  const maps = new NetworkPart({ inputs: network.inputs, outputs: [heatMaps!.maps] });
  return tidy(() => transpose(maps.apply(batch) as Tensor4D, [0, 3, 1, 2]));
}

const gap = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};
const largest = (a: ArrayLike<number>) => gap(a, new Float32Array(a.length));

const shapeOf = ({ type }: ValueInfoProto) =>
  type!.value.case === 'tensorType'
    ? type!.value.value.shape!.dim.map(({ value }) => value.value)
    : undefined;

/**
 * Each head with the outputs of one space, the next with those of the other: what a head computes does not depend on the
 * backbone below it, and over the backbones each head has both.
 */
const spaced = (heads: readonly string[], first: number) =>
  heads.map((head, i) => [head, ['cosines', 'logits'][(first + i) % 2]] as const);

it.each(spaced([...Object.keys(HEADS), 'class-token'], 1))(
  'a vision transformer with %s of %s is the same at its size, whatever batch',
  async (head, space) => {
    const model = await madeModel('small-vit', head, { space });
    const name = `vit-${head}-${space}`;
    await exportOnnx(model, join(folder, name), { outputs: ['scores', 'embedding'], runtime });
    for (const images of [1, 3]) {
      const { found, expected } = await bothOn(await bytesOf(name), model, images, 64, 96);
      for (const output of ['scores', 'embedding'] as const) {
        const values = expected[output];
        expect(gap(found[output].data as Float32Array, values)).toBeLessThan(1e-4 * largest(values));
      }
      expect(new Set(expected.scores).size).toBeGreaterThan(2);
    }
    const { graph } = fromBinary(ModelProtoSchema, await bytesOf(name));
    expect(shapeOf(graph!.input[0])).toEqual(['batch', 64n, 96n, 3n]);
    model.dispose();
  },
);

describe.each(Object.keys(BACKBONES).map((name, i) => [name, i] as const))('%s', (backbone, at) => {
  it.each(spaced(Object.keys(HEADS), at))(
    'with %s of %s computes in onnxruntime what the model computes, whatever batch and size',
    async (head, space) => {
      const model = await madeModel(backbone, head, { space });
      const name = `${backbone}-${head}-${space}`;
      const checked = await exportOnnx(model, join(folder, name), {
        outputs: ['scores', 'embedding', 'heatmap'],
        runtime,
      });
      expect(checked!.probabilities).toBeLessThan(1e-4);
      expect(checked!.heatmap).toBeLessThan(1e-4);
      for (const [images, height, width] of [
        [1, 64, 96],
        [3, 96, 64],
      ]) {
        const { found, expected } = await bothOn(await bytesOf(name), model, images, height, width);
        expect(Object.keys(found)[0]).toBe('probabilities');
        for (const output of ['scores', 'embedding', 'heatmap'] as const) {
          const values = expected[output];
          expect(gap(found[output].data as Float32Array, values)).toBeLessThan(1e-4 * largest(values));
        }
        expect(gap(found['probabilities'].data as Float32Array, expected.probabilities)).toBeLessThan(1e-4);
        expect(new Set(expected.scores).size).toBeGreaterThan(2);
      }
      model.dispose();
    },
  );
});

it('several views of an image are in the file, at the size of the model', async () => {
  const views = { scales: [0.5, 1], mirrored: true };
  const model = await madeModel('mobilenet-v3-small', 'csra', {}, { height: 64, width: 96 }, views);
  await exportOnnx(model, join(folder, 'views'), { outputs: ['scores', 'embedding', 'heatmap'], runtime });
  for (const images of [1, 3]) {
    const { found, expected } = await bothOn(await bytesOf('views'), model, images, 64, 96);
    for (const output of ['scores', 'embedding', 'heatmap'] as const) {
      const values = expected[output];
      expect(gap(found[output].data as Float32Array, values)).toBeLessThan(1e-4 * largest(values));
    }
  }
  const { graph } = fromBinary(ModelProtoSchema, await bytesOf('views'));
  expect(shapeOf(graph!.input[0])).toEqual(['batch', 64n, 96n, 3n]);
  model.dispose();
});

describe('the file', () => {
  let model: MultiLabelModel;
  beforeAll(async () => void (model = await madeModel('mobilenet-v3-small', 'linear', { space: 'cosines' })));
  afterAll(() => model.dispose());

  it('says what it is, what goes in and what comes out', async () => {
    model.thresholds = [0.1, 0.2, 0.3, 0.4, 0.5];
    await exportOnnx(model, join(folder, 'said'));
    const { irVersion, opsetImport, graph, metadataProps } = fromBinary(
      ModelProtoSchema,
      await bytesOf('said'),
    );
    expect([irVersion, opsetImport.map(({ version }) => version)]).toEqual([8n, [17n]]);
    expect([graph!.input[0].name, shapeOf(graph!.input[0])]).toEqual([
      'images',
      ['batch', 'height', 'width', 3n],
    ]);
    expect(graph!.output.map(({ name }) => name)).toEqual(['probabilities']);
    expect(shapeOf(graph!.output[0])).toEqual(['batch', 5n]);
    const info = JSON.parse(await readFile(join(folder, 'said', 'polytag.json'), 'utf8'));
    const id2label = { 0: 'boat', 1: 'cat', 2: 'dog', 3: 'person', 4: 'tree' };
    expect(info).toMatchObject({
      input: 'pixels',
      height: 64,
      width: 96,
      id2label,
      thresholds: model.thresholds,
    });
    const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
    expect(JSON.parse(metadata['polytag.labels'])).toEqual(info.labels);
    expect(metadata['polytag.resize']).toBe(info.resize);
    expect((await readdir(join(folder, 'said'))).sort()).toEqual([
      'manifest.json',
      'model.onnx',
      'polytag.json',
    ]);
    model.thresholds = undefined;
  });

  it('takes normalised images, channels first, and float pixels', async () => {
    for (const input of ['normalised', 'pixels-float'] as const) {
      const checked = await exportOnnx(model, join(folder, input), { input, runtime });
      expect(checked!.scores).toBeLessThan(1e-4);
    }
    const { graph } = fromBinary(ModelProtoSchema, await bytesOf('normalised'));
    expect(shapeOf(graph!.input[0])).toEqual(['batch', 3n, 'height', 'width']);
  });

  it('has the probabilities of a calibrated model', async () => {
    model.calibration = {
      method: 'platt',
      slopes: Float64Array.of(0.5, 1, 2, 0.7, 1.5),
      offsets: Float64Array.of(-1, 0, 0.5, 1, -2),
    };
    const checked = await exportOnnx(model, join(folder, 'calibrated'), { runtime });
    expect(checked!.probabilities).toBeLessThan(1e-4);
    model.calibration = undefined;
  });

  it('is a half with float16, less with int8, and near the model', async () => {
    const size = async (name: string) => (await bytesOf(name)).length;
    await exportOnnx(model, join(folder, 'float32'));
    const half = await exportOnnx(model, join(folder, 'float16'), { weights: 'float16', runtime });
    const quarter = await exportOnnx(model, join(folder, 'int8'), { weights: 'int8', runtime });
    expect(await size('float16')).toBeLessThan(0.6 * (await size('float32')));
    expect(await size('int8')).toBeLessThan(await size('float16'));
    expect(half!.scores).toBeLessThan(0.01);
    expect(quarter!.scores).toBeLessThan(0.1);
    expect(quarter!.scores).toBeGreaterThan(half!.scores);
  });

  const python = '/usr/bin/python3';
  const isFound = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("onnx") is None)';
  const hasChecker = spawnSync(python, ['-c', isFound]).status === 0;
  if (!hasChecker) process.stdout.write("ONNX's own checker is not run: python3-onnx is not installed\n");
  (hasChecker ? it : it.skip)('passes the full check of ONNX', () => {
    const checked = [
      'said',
      'calibrated',
      'float16',
      'int8',
      'small-tresnet-ml-decoder-cosines',
      'mobilenet-v3-small-linear-cosines',
      'mobilenet-v3-small-csra-logits',
    ];
    // Says which file it is at, for the error of one that fails.
    const check = [
      'import sys, onnx',
      'for path in sys.argv[1:]:',
      '  print(path, file=sys.stderr)',
      '  onnx.checker.check_model(onnx.load(path), full_check=True)',
    ].join('\n');
    execFileSync(python, ['-c', check, ...checked.map((name) => join(folder, name, 'model.onnx'))]);
  });

  it('is not written when a layer computes something else', async () => {
    const own = await ownModel(true);
    const to = join(folder, 'wrong');
    await expect(exportOnnx(own, to, { runtime })).rejects.toMatchObject({ code: 'checkpoint/onnx' });
    expect(await readdir(folder)).not.toContain('wrong');
    own.dispose();
  });

  it('is refused with heat maps for a head that has none', async () => {
    const own = await ownModel(true);
    await expect(exportOnnx(own, join(folder, 'own'), { outputs: ['heatmap'] })).rejects.toMatchObject({
      code: 'usage/no-heat-maps',
      message: expect.stringContaining('head "own"'),
    });
    own.dispose();
  });

  it('is refused for a layer that cannot be written, by its name', async () => {
    const own = await ownModel(false);
    await expect(exportOnnx(own, join(folder, 'own'))).rejects.toMatchObject({
      code: 'usage/onnx-layer',
      message: expect.stringContaining('"own_classifier" (Dense)'),
    });
    own.dispose();
  });
});

/** A head with a stock dense layer, which, where it writes anything, writes a product with 0. */
function ownModel(writes: boolean): Promise<MultiLabelModel> {
  const toOnnx = (graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]) =>
    graph.node('MatMul', [name, graph.constant(new Array(2 * shape[1]!).fill(0), [shape[1]!, 2])]);
  const head = defineHead({
    name: 'own',
    options: z.strictObject({}),
    create: () => ({
      name: 'own',
      space: 'logits' as const,
      apply: (map, { labels }) => {
        const classifier = layers.dense({ name: 'own_classifier', units: labels.size });
        if (writes) Object.assign(classifier, { toOnnx });
        const outputs = classifier.apply(new GlobalPool({ name: 'pool' }).apply(map));
        return { outputs: outputs as SymbolicTensor, scale: 1 };
      },
    }),
  });
  return buildModel(
    { backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } }, head: { name: 'own' } },
    { labels: new LabelVocabulary(['a', 'b']), height: 32, width: 32, normalisation: UNIT, parts: [head] },
  );
}

it('writes a network whose outputs are all 0', async () => {
  const model = await madeModel('mobilenet-v3-small', 'linear', { space: 'cosines' });
  for (const { variable } of model.parameters) variable.write(zeros(variable.shape as number[]));
  const checked = await exportOnnx(model, join(folder, 'zero'), { runtime, outputs: ['heatmap'] });
  expect(checked).toEqual({ probabilities: 0, scores: 0, heatmap: 0 });
  model.dispose();
});

it('refuses an input of the name of an output, or of none', async () => {
  const model = await madeModel('mobilenet-v3-small', 'linear', {});
  for (const inputName of ['probabilities', 'scores', ''])
    await expect(
      exportOnnx(model, join(folder, 'never'), { inputName, outputs: ['scores'] }),
    ).rejects.toMatchObject({ code: 'usage/onnx-name' });
  expect(await readdir(folder)).not.toContain('never');
  model.dispose();
});
