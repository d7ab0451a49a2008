import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  mean,
  memory,
  mul,
  randomUniform,
  tensor3d,
  tensor4d,
  tidy,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { defineHead, LabelVocabulary } from '@polytag/core';
import { encodePng, prepareImage } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { linearHead } from '@polytag/heads';
import { exportParameters } from '@polytag/layers';
import * as z from 'zod';
import { buildModel } from './build/build-model.js';
import type { MultiLabelModel } from './multi-label-model.js';
import { tinyParts } from './tiny-parts.fixture.js';

/** A grey 2 x 2 PNG with the values 0, 85, 170 and 255. */
let PNG: Uint8Array;
beforeAll(async () => {
  const pixels = Uint8Array.from([0, 85, 170, 255].flatMap((level) => [level, level, level]));
  PNG = await encodePng({ pixels, height: 2, width: 2 });
});

const labels = new LabelVocabulary(['dog', 'cat', 'person']);
const build = (options: Partial<Parameters<typeof buildModel>[1]> = {}, head: object = { scale: 4 }) =>
  buildModel(
    { backbone: { name: 'tiny' }, head: { name: 'mean', options: { ...head } } },
    { labels, height: 8, width: 6, parts: tinyParts, ...options },
  );

beforeAll(() => useEngine('cpu'));

describe('buildModel', () => {
  it('is a pure function of the seed', async () => {
    const weights = async (seed?: number) => exportParameters((await build({ seed })).parameters);
    expect(await weights(3)).toEqual(await weights(3));
    expect(await weights(3)).not.toEqual(await weights(4));
    expect(await weights()).toEqual(await weights(0));
  });

  it('hands size, labels and seed to the parts', async () => {
    const model = await build({ seed: 3 });
    expect(model.parts.backbone.options).toEqual({ channels: 4, seed: 3, inputHeight: 8 });
    expect(model.network.inputs[0].shape).toEqual([null, 8, 6, 3]);
    expect(model.network.outputs[0].shape).toEqual([null, 3]);
    expect(model.features.outputs[0].shape).toEqual([null, 4, 3, 4]);
    expect(model.preprocessing).toEqual({ height: 8, width: 6, normalisation: model.backbone.normalisation });
    expect([model.outputSpace, model.scale]).toEqual(['logits', 4]);
    expect(model.parameters.map(({ key }) => key)).toEqual([
      'features.0.0.weight',
      'features.0.1.weight',
      'features.0.1.bias',
      'features.0.1.running_mean',
      'features.0.1.running_var',
      'classifier.weight',
      'classifier.bias',
    ]);
    expect(model.parameters.filter(({ key }) => !model.isBackboneKey(key)).map(({ key }) => key)).toEqual([
      'classifier.weight',
      'classifier.bias',
    ]);
  });

  it('takes scale and order from the labels of each model, also of one head object', async () => {
    const head = linearHead({ space: 'cosines', scale: 'auto' });
    const shared = defineHead({ name: 'shared', options: z.strictObject({}), create: () => head });
    const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } };
    const options = { height: 32, width: 32, parts: [...tinyParts, shared] };
    const many = new LabelVocabulary(Array.from({ length: 200 }, (_, i) => i));
    const hidden = await buildModel({ backbone, head: { name: 'shared' } }, { ...options, labels });
    const plain = await buildModel(
      { backbone: { name: 'tiny' }, head: { name: 'shared' } },
      { ...options, labels: many },
    );
    expect([hidden.scale, plain.scale]).toEqual([7, Math.sqrt(5) * Math.log(199)]);
    for (const model of [hidden, plain]) {
      const keys = model.parameters.map(({ key }) => key).filter((key) => !model.isBackboneKey(key));
      const classifier = keys[keys.length - 1];
      expect(keys.filter((key) => model.byLabel!(key))).toEqual([classifier]);
    }
  });

  it('builds a head of plain tfjs layers', async () => {
    const model = await buildModel(
      { backbone: { name: 'tiny' }, head: { name: 'plain' } },
      { labels, height: 8, width: 8, parts: tinyParts },
    );
    expect(model.parameters.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['plain_classifier.kernel', 'plain_classifier.bias']),
    );
  });

  it('refuses a part that gives another shape than it says', async () => {
    const [backbone, head] = tinyParts;
    const wrongMap = {
      ...backbone,
      create: () => ({ ...backbone.create({ channels: 4, seed: 0 } as never), featureChannels: 5 }),
    };
    await expect(build({ parts: [wrongMap as never, head] })).rejects.toMatchObject({
      code: 'part/shape',
    });
    const made = head.create({ scale: 1, space: 'logits', needsGraph: false } as never);
    const wrongHead = {
      ...head,
      create: () => ({ ...made, apply: (map: never) => ({ outputs: map, scale: 1 }) }),
    };
    await expect(build({ parts: [backbone, wrongHead as never] })).rejects.toMatchObject({
      code: 'part/shape',
    });
  });
});

describe('prediction', () => {
  let model: MultiLabelModel;
  let folder: string;
  beforeAll(async () => {
    model = await build();
    folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    await writeFile(join(folder, 'a.png'), PNG);
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => (model.thresholds = undefined));

  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

  it('is sigmoid(scale · output) of the prepared image', async () => {
    const image = tensor4d(await prepareImage(PNG, model.preprocessing), [1, 8, 6, 3]);
    const outputs = [...model.predictBatch(image as Tensor4D).dataSync()];
    expect([...model.scores(outputs)]).toEqual(outputs.map((output) => sigmoid(4 * output)));
    const ranked = await model.topK(PNG, 3);
    const expected = outputs
      .map((output, i) => ({ label: labels.names[i], score: sigmoid(4 * output) }))
      .sort((a, b) => b.score - a.score);
    expect(ranked).toEqual(expected);
    expect(await model.topK(PNG, 1)).toEqual(expected.slice(0, 1));
  });

  it('is the same from a path, from bytes and from pixels, alone and in a batch', async () => {
    const path = join(folder, 'a.png');
    const pixels = [0, 85, 170, 255].flatMap((grey) => [grey, grey, grey]);
    const image = tensor3d(pixels, [2, 2, 3], 'int32');
    const expected = await model.topK(PNG);
    expect(await model.topK(path)).toEqual(expected);
    expect(await model.topK(new Uint8Array(PNG))).toEqual(expected);
    expect(await model.topK(image)).toEqual(expected);
    const batch = tensor4d([...pixels, ...pixels], [2, 2, 2, 3], 'int32');
    expect(await model.topK(batch)).toEqual([expected, expected]);
    expect(await model.topK([path, PNG, image])).toEqual([expected, expected, expected]);
    expect(await model.predict([])).toEqual([]);
  });

  it('uses 0.5 without thresholds, and a threshold when the score reaches it', async () => {
    const all = await model.topK(PNG, 3);
    expect(await model.predict(PNG)).toEqual(all.filter(({ score }) => score > 0.5));
    const scores = labels.names.map((name) => all.find(({ label }) => label === name)!.score);
    model.thresholds = scores;
    expect(await model.predict(PNG)).toEqual(all);
    model.thresholds = scores.map((score, i) => (i === 1 ? score + 1e-9 : score));
    expect((await model.predict(PNG)).map(({ label }) => label)).not.toContain(labels.names[1]);
    expect(await model.predict(PNG)).toHaveLength(2);
  });

  it('leaves no tensors behind', async () => {
    const before = memory().numTensors;
    await model.predict([PNG, PNG]);
    await model.embed([PNG, PNG]);
    const images = tensor4d(new Float32Array(96), [1, 4, 8, 3]);
    await model.predict(images);
    images.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('gives the same for many images as one by one', async () => {
    const random = Array.from({ length: 70 }, (_, i) =>
      tensor3d(
        Array.from({ length: 12 }, (_, j) => (i * 37 + j * 11) % 256),
        [2, 2, 3],
      ),
    );
    const together = await model.topK(random);
    expect(together).toHaveLength(70);
    for (const i of [0, 31, 32, 69]) {
      const alone = await model.topK(random[i]);
      expect(together[i].map(({ label }) => label)).toEqual(alone.map(({ label }) => label));
      together[i].forEach(({ score }, k) => expect(score).toBeCloseTo(alone[k].score, 6));
    }
  });

  it('returns the errors of images that cannot be used in their places when told to', async () => {
    const image = tensor3d(new Array(12).fill(90), [2, 2, 3]);
    const text = Buffer.from('text');
    const [first, second, third] = await model.topK([image, text, image], 2, { onError: 'return' });
    expect(second).toMatchObject({ name: 'DataError', code: 'data/not-an-image' });
    expect([first, third]).toEqual(await model.topK([image, image], 2));
    expect(await model.predict([text], { onError: 'return' })).toEqual([second]);
    await expect(model.predict([image, text])).rejects.toMatchObject({ code: 'data/not-an-image' });
  });

  it('embeds an image as the mean of its feature map over the cells', async () => {
    const x = tensor4d(await prepareImage(PNG, model.preprocessing), [1, 8, 6, 3]);
    const map = (model.features.apply(x, { training: false }) as Tensor4D).arraySync()[0];
    const cells = map.flat();
    const expected = cells[0].map((_, c) => cells.reduce((sum, cell) => sum + cell[c], 0) / cells.length);
    const vector = await model.embed(PNG);
    expect(vector).toHaveLength(4);
    vector.forEach((value, c) => expect(value).toBeCloseTo(expected[c], 6));
    const text = Buffer.from('text');
    const many = await model.embed([PNG, text, PNG], { onError: 'return' });
    expect(many).toEqual([vector, expect.objectContaining({ code: 'data/not-an-image' }), vector]);
  });

  it('refuses what is not an image, and thresholds that do not fit', async () => {
    await expect(model.predict(join(folder, 'none.png'))).rejects.toMatchObject({
      code: 'data/image-missing',
    });
    await expect(model.predict(Buffer.from('text'))).rejects.toMatchObject({ code: 'data/not-an-image' });
    await expect(model.predict(tensor3d([1, 2], [1, 2, 1]))).rejects.toMatchObject({
      code: 'usage/image-tensor',
    });
    expect(() => (model.thresholds = [0.5])).toThrow(expect.objectContaining({ code: 'usage/thresholds' }));
    expect(() => (model.thresholds = [0.5, 2, 0.5])).toThrow(
      expect.objectContaining({ code: 'usage/thresholds' }),
    );
    expect(() => (model.thresholds = [0.5, NaN, 0.5])).toThrow(
      expect.objectContaining({ code: 'usage/thresholds' }),
    );
  });
});

describe('foldConstants', () => {
  const images = () => randomUniform([3, 8, 6, 3], -1, 1, 'float32', 5) as Tensor4D;
  const plainly = (model: MultiLabelModel, x: Tensor4D) =>
    (model.network.apply(x, { training: false }) as Tensor2D).dataSync<'float32'>();

  it.each(['wasm', 'cpu'] as const)(
    'leaves no batch norm to predictBatch, nor tensors behind, on %s',
    async (engine) => {
      await useEngine(engine);
      const before = memory().numTensors;
      const model = await build();
      // Weights, running mean and running variance between 0.5 and 1.5.
      for (const { variable } of model.parameters) {
        tidy(() => void variable.write(randomUniform(variable.shape as number[], 0.5, 1.5, 'float32', 3)));
      }
      const x = images();
      const expected = tidy(() => plainly(model, x));
      model.foldConstants();
      model.foldConstants();
      const norm = model.network.getLayer('features.0.1');
      const call = norm.call.bind(norm);
      let calls = 0;
      norm.call = (...args) => {
        calls++;
        return call(...args);
      };
      const got = model.predictBatch(x);
      expect(calls).toBe(0);
      got.dataSync<'float32'>().forEach((output, i) => expect(output / expected[i]).toBeCloseTo(1, 5));
      tidy(() => plainly(model, x));
      expect(calls).toBe(1);
      const plain = tidy(() => mean(model.features.apply(x, { training: false }) as Tensor4D, [1, 2]));
      expect(calls).toBe(2);
      const vectors = model.embedBatch(x);
      expect(calls).toBe(2);
      const expectedVectors = plain.dataSync();
      vectors.dataSync().forEach((value, i) => expect(value / expectedVectors[i]).toBeCloseTo(1, 5));
      plain.dispose();
      vectors.dispose();
      for (const tensor of [got, x]) tensor.dispose();
      model.dispose();
      expect(memory().numTensors).toBe(before);
    },
  );

  it('is undone by other weights and by training', async () => {
    await useEngine('wasm');
    const model = await build();
    const x = images();
    const changes = [
      () => {
        const [{ variable }] = model.parameters;
        tidy(() => void variable.write(mul(variable.read(), 2)));
      },
      () => tidy(() => void model.network.apply(x, { training: true })),
    ];
    for (const change of changes) {
      const before = memory().numTensors;
      model.foldConstants();
      const old = model.predictBatch(x).dataSync<'float32'>();
      change();
      const got = model.predictBatch(x).dataSync<'float32'>();
      expect(got).not.toEqual(old);
      expect(got).toEqual(plainly(model, x));
      // The outputs: the folded weights are gone.
      expect(memory().numTensors).toBe(before + 3);
    }
    model.dispose();
    await useEngine('cpu');
  });
});
