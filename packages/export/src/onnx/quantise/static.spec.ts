import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import * as ort from 'onnxruntime-web';
import type { MultiLabelModel } from '@polytag/model';
import type { OnnxRuntime } from '@polytag/onnx-runtime';
import { exportOnnx } from '../export-onnx.js';
import { onnxFiles } from '../onnx-files.js';
import { ModelProtoSchema, TensorProto_DataType as DataType, type GraphProto } from '../generated/onnx_pb.js';
import { modelGraph } from '../model-proto.js';
import { madeModel } from '../models.fixture.js';
import { calibrate } from './calibrate.js';
import { convolutionNoise } from './choose-convolutions.js';
import { effectiveRanges, quantisedTensors } from './quantise-graph.js';

jest.setTimeout(120_000);
ort.env.wasm.numThreads = 1;
const runtime = ort as unknown as OnnxRuntime;
let folder: string;
beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'polytag-static-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Images of smooth colours, whose ranges are those of the images of the check. */
function images(count: number, height = 64, width = 96) {
  const random = new RandomStream(4, 'calibration');
  const inputs = Float32Array.from(
    { length: count * height * width * 3 },
    () => (random.integer(256) / 255 - 0.5) / 0.5,
  );
  return [{ inputs, shape: [count, height, width, 3] }];
}

const graphOf = async (name: string): Promise<GraphProto> =>
  fromBinary(ModelProtoSchema, await readFile(join(folder, name, 'model.onnx'))).graph!;

it.each([
  ['mobilenet-v3-small', 'linear', 'pixels'],
  ['small-efficientnet', 'gcn', 'normalised'],
  ['small-tresnet', 'ml-decoder', 'pixels-float'],
] as const)(
  '%s with %s computes convolutions in whole numbers, near the model, of %s',
  async (backbone, head, input) => {
    const model = await madeModel(backbone, head, { space: 'cosines' });
    const quantise = { images: images(4), runtime, noise: Infinity };
    const checked = await exportOnnx(model, join(folder, backbone), { input, quantise, runtime });
    expect(checked!.probabilities).toBeLessThan(0.1);
    expect(checked!.scores).toBeGreaterThan(1e-5);
    const { node, initializer } = await graphOf(backbone);
    const types = new Map(initializer.map(({ name, dataType }) => [name, dataType]));
    const makers = new Map(node.map((one) => [one.output[0], one]));
    const squeezes = node.filter(({ opType, input: [given] }) => {
      if (opType !== 'Conv') return false;
      const maker = makers.get(given);
      return maker?.opType === 'GlobalAveragePool' || makers.get(maker?.input[0] ?? '')?.opType === 'Conv';
    });
    const convolutions = node.filter(({ opType }) => opType === 'Conv');
    const whole = convolutions.filter(({ input }) =>
      input.every((name) => makers.get(name)?.opType === 'DequantizeLinear'),
    );
    expect(whole.length).toBeGreaterThan(convolutions.length / 2);
    expect(whole.filter((one) => squeezes.includes(one))).toEqual([]);
    for (const { input } of whole) {
      expect(types.get(makers.get(input[1])!.input[0])).toBe(DataType.INT8);
      if (input[2]) expect(types.get(makers.get(input[2])!.input[0])).toBe(DataType.INT32);
    }
    // The head's products stay in float32.
    for (const { input } of node.filter(({ opType }) => opType === 'MatMul'))
      expect(makers.get(input[1])?.opType).not.toBe('DequantizeLinear');
    model.dispose();
  },
);

it('rounds activations to the ranges of the images that are given', async () => {
  const model = await madeModel('mobilenet-v3-small', 'linear', {});
  const quantise = { images: images(2), runtime, percentile: 100, noise: Infinity };
  await exportOnnx(model, join(folder, 'first'), { quantise, input: 'normalised' });
  const { node, initializer } = await graphOf('first');
  const first = node.find(({ opType }) => opType === 'QuantizeLinear')!;
  expect(first.input[0]).toBe('images');
  const [scale, zero] = first.input.slice(1).map((name) => initializer.find((one) => one.name === name)!);
  // Pixels of −1 to 1: 255 steps, and the integer of 0 in the middle.
  const step = new Float32Array(Uint8Array.from(scale.rawData).buffer)[0];
  expect(step).toBeGreaterThanOrEqual(2 / 255);
  expect(step).toBeLessThan(2.02 / 255);
  expect(Math.abs(zero.rawData[0] - 127.5)).toBeLessThan(1);
  model.dispose();
});

it('takes int8 weights for what stays in float32', async () => {
  const model = await madeModel('mobilenet-v3-small', 'linear', {});
  const size = async (name: string) => (await readFile(join(folder, name, 'model.onnx'))).length;
  await exportOnnx(model, join(folder, 'static'), {
    quantise: { images: images(1), runtime, noise: Infinity },
  });
  await exportOnnx(model, join(folder, 'both'), {
    weights: 'int8',
    quantise: { images: images(1), runtime, noise: Infinity },
    runtime,
  });
  await exportOnnx(model, join(folder, 'float32'));
  expect(await size('static')).toBeLessThan(await size('float32'));
  expect(await size('both')).toBeLessThan(await size('static'));
  model.dispose();
});

/** The sum of what each convolution adds alone, from the images of the test below. */
async function noiseOfAll(model: MultiLabelModel): Promise<number> {
  const { file, convolutions } = modelGraph(model, { outputs: ['scores'] }, () => true);
  const names = [...convolutions.keys()];
  const form = { input: 'pixels', normalisation: model.preprocessing.normalisation } as const;
  const tensors = quantisedTensors(file.graph!, convolutions);
  const { ranges, examples } = await calibrate(file, tensors, form, { images: images(2), runtime });
  const used = effectiveRanges(file.graph!, ranges);
  const noises = await convolutionNoise(file, names, used, examples, runtime, () => undefined);
  return noises.reduce((sum, { noise }) => sum + noise, 0);
}

it('keeps the convolutions in float32 that change the scores most', async () => {
  const model = await madeModel('small-efficientnet', 'linear', { space: 'cosines' });
  const tried: string[] = [];
  const told = (done: number, total: number) => tried.push(`${done}/${total}`);
  const exported = async (noise: number) => {
    const quantise = { images: images(2), runtime, noise, reportConvolution: told };
    const { checked, quantised } = await onnxFiles(model, { quantise, runtime });
    return { gap: checked!.scores, ...quantised! };
  };
  const all = await exported(Infinity);
  expect(tried).toEqual([]);
  const some = await exported((await noiseOfAll(model)) / 2);
  expect(tried).toEqual(Array.from({ length: all.of }, (_, i) => `${i + 1}/${all.of}`));
  const none = await exported(0);
  expect(all.convolutions).toBe(all.of);
  expect(some.convolutions).toBeGreaterThan(0);
  expect(some.convolutions).toBeLessThan(all.of);
  expect(some.gap).toBeLessThan(all.gap);
  expect([none.convolutions, none.gap < 1e-4]).toEqual([0, true]);
  model.dispose();
});

it('writes nothing where an activation is no number', async () => {
  const model = await madeModel('mobilenet-v3-small', 'linear', {});
  const [{ shape }] = images(1);
  const quantise = { images: [{ inputs: new Float32Array(64 * 96 * 3).fill(NaN), shape }], runtime };
  await expect(
    exportOnnx(model, join(folder, 'never'), { quantise, input: 'normalised' }),
  ).rejects.toMatchObject({ code: 'model/not-a-number' });
  expect(await readdir(folder)).not.toContain('never');
  model.dispose();
});

const python = '/usr/bin/python3';
const hasChecker = spawnSync(python, ['-c', 'import onnx']).status === 0;
(hasChecker ? it : it.skip)('passes the full check of ONNX', () => {
  const check = 'import sys, onnx; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)';
  for (const name of ['mobilenet-v3-small', 'small-tresnet', 'both'])
    execFileSync(python, ['-c', check, join(folder, name, 'model.onnx')]);
});
