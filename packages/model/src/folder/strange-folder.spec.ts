import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, randomUniform, tensor1d, type Tensor4D } from '@tensorflow/tfjs-core';
import { serialiseSafetensors } from '@polytag/checkpoints';
import { LabelVocabulary, PolytagError, RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel } from '../build/build-model.js';
import { builtInParts } from '../config/built-in-parts.js';
import type { ModelConfig } from '../config/model-config.js';
import { tinyParts } from '../tiny-parts.fixture.js';
import { loadModel } from './load-model.js';
import { modelFromFiles } from './model-from-files.js';
import { modelFiles } from './save-model.js';

const bytesOf = (text: string | Uint8Array) =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;
const labels = new LabelVocabulary(['cat', 'dog', 'person']);
type Files = Map<string, Uint8Array>;

async function filesOf(config: ModelConfig, height = 32): Promise<Files> {
  const model = await buildModel(config, { labels, height, width: height, parts: tinyParts });
  model.thresholds = [0.25, 0.5, 0.75];
  model.calibration = { method: 'platt', slopes: [1, 2, 3], offsets: [0, -1, 1] };
  const files = Object.entries(await modelFiles(model, '.')).map(
    ([name, text]) => [name, bytesOf(text)] as const,
  );
  model.dispose();
  return new Map(files);
}

const parse = (files: Files, name: string) => JSON.parse(new TextDecoder().decode(files.get(name)));
const write = (files: Files, name: string, value: unknown): Files =>
  new Map([...files, [name, bytesOf(JSON.stringify(value))]]);

/** The error, or undefined when it loads. Nothing stays behind. */
async function refusal(files: Files): Promise<PolytagError | undefined> {
  const before = memory().numTensors;
  try {
    (await modelFromFiles(files, 'folder', { parts: tinyParts })).dispose();
    return undefined;
  } catch (error) {
    if (!(error instanceof PolytagError)) throw error;
    return error;
  } finally {
    expect(memory().numTensors).toBe(before);
  }
}

beforeAll(() => useEngine('cpu'));

describe('a config that asks for more than the weights hold', () => {
  let files: Files;
  beforeAll(
    async () =>
      (files = await filesOf({
        backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
        head: { name: 'linear' },
      })),
  );

  it('loads as it was', async () => {
    expect(await refusal(files)).toBeUndefined();
  });

  it.each<[string, (config: Record<string, Record<string, Record<string, unknown>>>) => void]>([
    ['a width', (config) => void (config['backbone']['options']['widthMultiplier'] = 1e4)],
    ['a width beyond numbers', (config) => void (config['backbone']['options']['widthMultiplier'] = 1e300)],
    [
      'a head',
      (config) => Object.assign(config['head'], { name: 'ml-decoder', options: { dimension: 1e6 } }),
    ],
  ])('is refused before memory is taken: %s', async (_, change) => {
    const config = parse(files, 'config.json');
    change(config);
    const error = await refusal(write(files, 'config.json', config));
    expect(error).toMatchObject({
      exitCode: 4,
      code: expect.stringMatching(/^checkpoint\/(shape-mismatch|part|config)$/),
    });
  });

  it.each(['constructor', '01', '3', '-1'])('is refused: a label has the number %j', async (key) => {
    const config = parse(files, 'config.json');
    const { 2: last, ...others } = config.id2label;
    config.id2label = { ...others, [key]: last };
    expect(await refusal(write(files, 'config.json', config))).toMatchObject({
      code: 'checkpoint/config',
      message: expect.stringContaining('has no label 2'),
    });
  });

  it('is refused: many labels for few weights', async () => {
    const names = Array.from({ length: 50_000 }, (_, i) => `label ${String(i).padStart(6, '0')}`);
    const config = {
      ...parse(files, 'config.json'),
      id2label: { ...names },
      label2id: Object.fromEntries(names.map((name, i) => [name, i])),
    };
    const many = write(files, 'config.json', config);
    many.delete('thresholds.json');
    many.delete('calibration.json');
    expect(await refusal(many)).toMatchObject({
      message: expect.stringContaining('have 3 labels, but config.json has 50000'),
    });
  });
});

describe('every number of every built-in part', () => {
  const numbers = builtInParts
    .filter(({ kind }) => kind !== 'loss')
    .flatMap((part) => {
      const known = part.options.safeParse({});
      const options = known.success ? (known.data as Record<string, unknown>) : {};
      return Object.keys('shape' in part.options ? (part.options.shape as object) : {}).map(
        (key) => [part, key, options] as const,
      );
    });
  let small: Files;
  beforeAll(async () => (small = await filesOf({ backbone: { name: 'tiny' }, head: { name: 'mean' } })));

  it.each(numbers.map(([part, key]) => [part.kind, part.name, key]))(
    '%s %s: a huge %s is refused',
    async (kind, name, key) => {
      const [, , options] = numbers.find(
        ([part, one]) => part.kind === kind && part.name === name && one === key,
      )!;
      const config = parse(small, 'config.json');
      config[kind as 'head'] = { name, options: { ...options, [key]: 1e9 } };
      expect(await refusal(write(small, 'config.json', config))).toMatchObject({ exitCode: 4 });
    },
  );
});

describe('numbers that are none', () => {
  let files: Files;
  beforeAll(async () => (files = await filesOf({ backbone: { name: 'tiny' }, head: { name: 'mean' } }, 8)));

  it.each([NaN, Infinity, -Infinity])('weights: %s', async (value) => {
    const model = await modelFromFiles(files, 'folder', { parts: tinyParts });
    const { variable } = model.parameters.at(-1)!;
    variable.write(randomUniform(variable.shape as number[], value, value));
    const broken = await modelFiles(model, '.');
    model.dispose();
    expect(
      await refusal(new Map(Object.entries(broken).map(([name, text]) => [name, bytesOf(text)]))),
    ).toMatchObject({
      code: 'checkpoint/values',
      message: expect.stringContaining('"classifier.bias" contains NaN or infinity'),
    });
  });

  it('scores of a model in memory: the labels are named', async () => {
    const model = await modelFromFiles(files, 'folder', { parts: tinyParts });
    const images = randomUniform([2, 8, 8, 3], 0, 255) as Tensor4D;
    expect(await model.predict(images)).toHaveLength(2);
    const { variable } = model.parameters.at(-1)!;
    const bias = Float32Array.of(0, NaN, 0);
    variable.write(tensor1d(bias));
    model.foldConstants();
    for (const ask of [model.predict(images), model.topK(images, 1)]) {
      await expect(ask).rejects.toMatchObject({
        code: 'part/not-finite',
        message: expect.stringMatching(
          /^The model outputs NaN for "dog", which comes from the backbone .* or head /,
        ),
      });
    }
    model.dispose();
  });

  it.each<[string, unknown, string]>([
    ['above 1', { cat: 0.1, dog: 1.5, person: 0.1 }, 'thresholds.dog'],
    ['below 0', { cat: -0.1, dog: 0.5, person: 0.1 }, 'thresholds.cat'],
    ['no number', { cat: null, dog: 0.5, person: 0.1 }, 'thresholds.cat'],
    ['one too few', { cat: 0.1, dog: 0.5 }, 'no threshold for "person"'],
    ['one too many', { cat: 0.1, dog: 0.5, person: 0.1, car: 0.2 }, '"car", which is not a label'],
    ['another name', { cat: 0.1, Dog: 0.5, person: 0.1 }, '"Dog", which is not a label'],
    ['a list', [0.1, 0.2, 0.3], 'thresholds'],
  ])('thresholds: %s', async (_, thresholds, named) => {
    expect(await refusal(write(files, 'thresholds.json', { thresholds }))).toMatchObject({
      code: 'checkpoint/config',
      message: expect.stringContaining(named),
    });
  });

  const pair = { slope: 1, offset: 0 };

  it.each<[string, unknown, string]>([
    ['a method of another program', { method: 'isotonic' }, '"method"'],
    ['a temperature of 0', { method: 'temperature', temperature: 0 }, '"temperature"'],
    [
      'a temperature whose inverse is infinite',
      { method: 'temperature', temperature: 1e-310 },
      '"temperature"',
    ],
    [
      'a slope below 0',
      { method: 'platt', labels: { cat: pair, dog: { slope: -1, offset: 0 }, person: pair } },
      'labels.dog',
    ],
    ['one too few', { method: 'platt', labels: { cat: pair, dog: pair } }, 'no entry for "person"'],
    [
      'another name',
      { method: 'platt', labels: { cat: pair, Dog: pair, person: pair } },
      '"Dog", which is not a label',
    ],
  ])('calibration: %s', async (_, calibration, named) => {
    expect(await refusal(write(files, 'calibration.json', calibration))).toMatchObject({
      code: 'checkpoint/config',
      message: expect.stringContaining(named),
    });
  });

  it.each<[string, readonly number[]]>([
    ['cooccurrence', [2, 3]],
    ['word_vectors', [4, 5]],
  ])('a label graph of other labels: %s', async (key, shape) => {
    const matrix = ([rows, columns]: readonly number[]) => ({
      shape: [rows, columns],
      data: new Float32Array(rows * columns),
    });
    const graph = { cooccurrence: matrix([3, 3]), word_vectors: matrix([3, 5]), [key]: matrix(shape) };
    const bytes = serialiseSafetensors(graph);
    expect(await refusal(new Map([...files, ['label_graph.safetensors', bytes]]))).toMatchObject({
      message: expect.stringContaining(`"${key}" has shape [${shape}]; expected`),
    });
  });

  it('labels whose numbers disagree', async () => {
    const config = parse(files, 'config.json');
    config.label2id = { cat: 1, dog: 0, person: 2 };
    expect(await refusal(write(files, 'config.json', config))).toMatchObject({
      message: expect.stringContaining('"label2id"'),
    });
  });
});

describe('what would take all memory, or hide', () => {
  let files: Files;
  let folder: string;
  beforeEach(async () => {
    files = await filesOf({
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'linear' },
    });
    folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('a step of the preprocessing that is nested deeper than JSON can be written is refused by name', async () => {
    const text = JSON.stringify(parse(files, 'preprocessor_config.json'));
    const nested = text.replace('{', `{"do_crop":${'['.repeat(1e6)}${']'.repeat(1e6)},`);
    expect(await refusal(new Map([...files, ['preprocessor_config.json', bytesOf(nested)]]))).toMatchObject({
      code: 'checkpoint/config',
      message: expect.stringContaining('"do_crop" is an object or a list'),
    });
  });

  it('the first of many wrong values is told', async () => {
    const thresholds = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, 'x']));
    const error = await refusal(write(files, 'thresholds.json', { thresholds }));
    expect(error).toMatchObject({
      code: 'checkpoint/config',
      message: expect.stringContaining('thresholds.k0'),
    });
    const config = parse(files, 'config.json');
    const named = JSON.stringify(config).replace('"id2label":{', '"id2label":{"__proto__":{},');
    expect(await refusal(new Map([...files, ['config.json', bytesOf(named)]]))).toMatchObject({
      message: expect.stringContaining('id2label.__proto__'),
    });
  });

  it.each([
    ['a negative variance', 'running_var', -5],
    ['weights whose product is none', 'weight', 3.4e38],
  ])('%s gives NaN, which an activation would clip: the layer is named', async (_, kind, value) => {
    const model = await modelFromFiles(files, 'folder', {});
    for (const { key, variable } of model.parameters)
      if (key.endsWith(kind)) variable.write(randomUniform(variable.shape as number[], value, value));
    const broken = await modelFiles(model, '.');
    model.dispose();
    expect(
      await refusal(new Map(Object.entries(broken).map(([name, text]) => [name, bytesOf(text)]))),
    ).toMatchObject({ code: 'checkpoint/values', message: expect.stringContaining('"features.0.0"') });
  });

  it('a weight file with gigabytes behind its tensors is refused by its header', async () => {
    await truncate(join(folder, 'model.safetensors'), 2e9);
    await expect(loadModel(folder)).rejects.toMatchObject({ code: 'checkpoint/hole', exitCode: 4 });
  });

  it('code that no manifest lists is not read; of a manifest there are as many files as a model keeps', async () => {
    for (let i = 1; i <= 65; i++) await writeFile(join(folder, `head-${i}.mjs`), '');
    await truncate(join(folder, 'head-1.mjs'), 3e9);
    (await loadModel(folder)).dispose();
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: 1, files: {} }));
    await expect(loadModel(folder)).rejects.toMatchObject({
      code: 'checkpoint/too-many-files',
      message: expect.stringContaining('65 code files'),
    });
    for (let i = 2; i <= 65; i++) await rm(join(folder, `head-${i}.mjs`));
    await expect(loadModel(folder)).rejects.toMatchObject({ code: 'checkpoint/missing-file' });
  });
});

describe('a folder under damage', () => {
  it('loads, or is refused with an error that says what', async () => {
    const files = await filesOf({ backbone: { name: 'tiny' }, head: { name: 'mean' } }, 8);
    const names = ['config.json', 'preprocessor_config.json', 'thresholds.json', 'calibration.json'];
    const values = [null, -1, 0, 1e9, 1e308, '', 'x', [], {}, [0], true, { a: 1 }, '../x', '__proto__'];
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const random = new RandomStream(1, `folder/${i}`);
      const name = names[random.integer(names.length)];
      const value = parse(files, name);
      const places: [Record<string, unknown>, string][] = [];
      const walk = (node: unknown): void => {
        if (node === null || typeof node !== 'object') return;
        for (const key of Object.keys(node)) {
          places.push([node as Record<string, unknown>, key]);
          walk((node as Record<string, unknown>)[key]);
        }
      };
      walk(value);
      const [node, key] = places[random.integer(places.length)];
      if (random.integer(5) === 0) delete node[key];
      else node[key] = values[random.integer(values.length)];
      const error = await refusal(write(files, name, value));
      if (error) refused++;
      if (error) expect([error.exitCode, error.message]).toEqual([4, expect.stringContaining('folder/')]);
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('is no pipe and no device: its files are looked at before they are read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    try {
      const files = await filesOf({ backbone: { name: 'tiny' }, head: { name: 'mean' } }, 8);
      for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
      await rm(join(folder, 'config.json'));
      execFileSync('mkfifo', [join(folder, 'config.json')]);
      await expect(loadModel(folder)).rejects.toMatchObject({ code: 'checkpoint/not-a-file' });
      await rm(join(folder, 'config.json'));
      await symlink('/dev/zero', join(folder, 'config.json'));
      await expect(loadModel(folder)).rejects.toMatchObject({ code: 'checkpoint/not-a-file' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['model.onnx', '--engine onnx'],
    ['model.json', 'loadLayersModel'],
  ])('says what %s is for', async (name, hint) => {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    try {
      await writeFile(join(folder, name), '{}');
      await expect(loadModel(folder)).rejects.toMatchObject({
        code: 'checkpoint/missing-file',
        hint: expect.stringContaining(hint),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names the model inside a run folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    try {
      const files = await filesOf({ backbone: { name: 'tiny' }, head: { name: 'mean' } }, 8);
      await mkdir(join(folder, 'best'));
      for (const [name, bytes] of files) await writeFile(join(folder, 'best', name), bytes);
      await expect(loadModel(folder)).rejects.toMatchObject({
        code: 'checkpoint/missing-file',
        hint: `The model is in ${join(folder, 'best')}.`,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
