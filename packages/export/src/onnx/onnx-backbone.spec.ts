import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { avgPool, tensor4d, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { LabelVocabulary, RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, loadModel, saveModel, type MultiLabelModel } from '@polytag/model';
import { readOnnxFile, requireOnnxRuntime, type OnnxRuntime } from '@polytag/onnx-runtime';
import { exportHuggingFace } from '../huggingface/export-huggingface.js';
import { exportTfjs } from '../tfjs/export-tfjs.js';
import { PATCH, roundingEncoder, smallEncoder, type EncoderKind } from './encoders.fixture.js';
import { exportOnnxBackbone } from './export-backbone.js';
import { exportOnnx } from './export-onnx.js';
import { ModelProtoSchema, StringStringEntryProtoSchema } from './generated/onnx_pb.js';
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
  for (const kind of ['tokens', 'map', 'vector'] as const)
    await writeFile(join(folder, `${kind}.onnx`), smallEncoder(kind));
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

  // A hub folder goes without tfjs.
  const hub = join(folder, 'hub');
  await exportHuggingFace(again, hub);
  expect(await readdir(hub)).not.toContain('tfjs');
  expect(await readFile(join(hub, 'README.md'), 'utf8')).not.toContain('tfjs/');
  const fromHub = await loadModel(hub);
  expect(fromHub.predictBatch(x).dataSync()).toEqual(model.predictBatch(x).dataSync());
  fromHub.dispose();

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

describe.each<[EncoderKind, object]>([
  ['tokens', {}],
  ['map', { channels: 'last' }],
  ['vector', {}],
])('an encoder that gives %s', (kind, options) => {
  const [rows, columns] = kind === 'vector' ? [1, 1] : [SIZE.height / PATCH, SIZE.width / PATCH];
  let model: MultiLabelModel;
  beforeAll(async () => {
    model = await build({ file: join(folder, `${kind}.onnx`), ...options });
  });
  afterAll(() => model.dispose());

  it('becomes a feature map of what each patch has, without its class token', () => {
    const x = images(3);
    expect(model.features.outputs[0].shape).toEqual([null, rows, columns, 4]);
    const [height, width] = [SIZE.height / rows, SIZE.width / columns];
    const colours = tidy(() =>
      (avgPool(x, [height, width], [height, width], 'valid') as Tensor4D).dataSync(),
    );
    const found = featuresOf(model, x);
    expect(found.length).toBe((4 / 3) * colours.length);
    for (let cell = 0; cell < found.length / 4; cell++) {
      const [r, g, b] = colours.subarray(3 * cell, 3 * cell + 3);
      for (const [i, value] of [r, g, b, r + 2 * g + 3 * b].entries())
        expect(found[4 * cell + i]).toBeCloseTo(value, 5);
    }
  });

  it('is exported with its head as one graph', async () => {
    const joined = join(folder, `${kind}-joined`);
    const checked = await exportOnnx(model, joined, { runtime });
    expect(checked!.scores).toBeLessThan(1e-4);
    // Tokens are a grid of one size.
    const sizes = kind === 'tokens' ? [SIZE.height, SIZE.width] : ['height', 'width'];
    const { inputs } = readOnnxFile(await readFile(join(joined, 'model.onnx')), joined);
    expect(inputs[0].shape).toEqual(['batch', ...sizes, 3]);
  });
});

it('runs an encoder of one image at a time on each in turn, and refuses to export it for any number', async () => {
  const path = join(folder, 'single.onnx');
  await writeFile(path, smallEncoder('tokens', 1));
  const model = await build({ file: path });
  const x = images(3);
  const all = featuresOf(model, x);
  const single = await build({ file: join(folder, 'tokens.onnx') });
  expect(all).toEqual(featuresOf(single, x));
  await expect(exportOnnx(model, join(folder, 'never'))).rejects.toMatchObject({ code: 'usage/onnx-batch' });
  for (const one of [model, single]) one.dispose();
});

it('exports an encoder whose own rounding makes more of a difference than float32 may', async () => {
  const path = join(folder, 'rounding.onnx');
  await writeFile(path, roundingEncoder());
  const model = await build({ file: path });
  const checked = await exportOnnx(model, join(folder, 'rounded'), { runtime, outputs: ['scores'] });
  expect(checked!.scores).toBeGreaterThan(1e-4);
  model.dispose();
});

it('refuses sizes that are no whole patches, and says what to set', async () => {
  const path = join(folder, 'tokens.onnx');
  const odd = buildModel(
    { backbone: { name: 'onnx', options: { file: path } }, head: { name: 'linear' } },
    { labels: new LabelVocabulary(['boat']), height: 8, width: 96 },
  );
  await expect(odd).rejects.toMatchObject({
    code: 'usage/image-size',
    message: expect.stringContaining('cannot process images of 8 x 96 pixels'),
    hint: expect.stringContaining('data.height and data.width'),
  });
});

it('tells the opset of a file that is newer than the runtime', async () => {
  const path = join(folder, 'newer.onnx');
  const proto = fromBinary(ModelProtoSchema, smallEncoder('map'));
  proto.opsetImport[0].version = 99n;
  await writeFile(path, toBinary(ModelProtoSchema, proto));
  await expect(build({ file: path })).rejects.toMatchObject({
    code: 'checkpoint/onnx',
    hint: expect.stringContaining('has opset 99'),
  });
});

it('asks for one file where weights are in another', async () => {
  const path = join(folder, 'external.onnx');
  const proto = fromBinary(ModelProtoSchema, smallEncoder('map'));
  const [weights] = proto.graph!.initializer;
  weights.dataLocation = 1;
  weights.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: 'weights.bin' })];
  await writeFile(path, toBinary(ModelProtoSchema, proto));
  await expect(build({ file: path })).rejects.toMatchObject({
    code: 'checkpoint/onnx-external',
    message: expect.stringContaining('"weights.bin": a backbone has to be one file'),
  });
});

it('names the command that installs a runtime where none is', async () => {
  // A process in which no package of the name is found.
  const hook = `export const resolve = (name, context, next) => {
    if (!name.startsWith('onnxruntime-')) return next(name, context);
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  };`;
  const hooks = join(folder, 'hooks.mjs');
  await writeFile(
    hooks,
    `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}');`,
  );
  const program = `
    import { LabelVocabulary } from '@polytag/core';
    import { useEngine } from '@polytag/engine';
    import { buildModel } from '@polytag/model';
    await useEngine('cpu');
    const backbone = { name: 'onnx', options: { file: ${JSON.stringify(file)} } };
    const built = buildModel({ backbone, head: { name: 'linear' } }, { labels: new LabelVocabulary(['a']), height: 64, width: 96 });
    await built.catch(({ code, hint }) => console.log(code, hint));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(hooks).href}` },
  });
  expect(stdout).toMatch(/engine\/onnx-runtime-missing Install it: npm i onnxruntime-web/);
});

it.each<[string, object, string, RegExp]>([
  ['a file that is not there', { file: 'none.onnx' }, 'usage/file-missing', /none\.onnx/],
  [
    'an output that is not there',
    { output: 'last_hidden_state' },
    'usage/onnx-output',
    /no output "last_hidden_state"/,
  ],
  [
    'a layout that does not fit',
    { layout: 'tokens' },
    'usage/onnx-layout',
    /does not match the layout tokens/,
  ],
  [
    'another file than was meant',
    { sha256: 'ab'.repeat(32) },
    'checkpoint/checksum',
    /not the expected file/,
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
