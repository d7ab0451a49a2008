import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelsMetadata, writeSafetensors, type TensorToStore } from '@polytag/checkpoints';
import { ones, type Tensor } from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LabelVocabulary, UNIT, defineBackbone } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { Abn, exportParameters } from '@polytag/layers';
import * as z from 'zod';
import { buildModel } from '../build/build-model.js';
import { tinyParts } from '../tiny-parts.fixture.js';
import { loadWeights } from './load-weights.js';

const build = (classes: number, seed = 0) =>
  buildModel(
    { backbone: { name: 'tiny' }, head: { name: 'mean' } },
    {
      labels: new LabelVocabulary(Array.from({ length: classes }, (_, i) => i)),
      height: 8,
      width: 8,
      seed,
      parts: tinyParts,
    },
  );

describe('loadWeights', () => {
  let folder: string;
  let path: string;
  beforeAll(() => useEngine('cpu'));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    path = join(folder, 'weights.safetensors');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The weights of a model of another seed, with every key renamed or dropped. */
  async function publish(classes: number, rename: (key: string) => string | undefined = (key) => key) {
    const state = await exportParameters((await build(classes, 9)).parameters);
    const tensors = new Map<string, TensorToStore>();
    for (const [key, tensor] of state) {
      const renamed = rename(key);
      if (renamed !== undefined) tensors.set(renamed, tensor);
    }
    tensors.set('features.0.1.num_batches_tracked', { shape: [], data: BigInt64Array.of(5n) });
    await writeSafetensors(path, tensors, labelsMetadata(Array.from({ length: classes }, (_, i) => `${i}`)));
    return state;
  }

  it.each([
    ...['', 'module.', 'model.', 'backbone.', 'module.backbone.model.', 'nncf_module.module.'],
    ...['_orig_mod.', 'module._orig_mod.', 'model_ema.module.', 'net.', 'any.other_one.'],
  ])('takes all weights under the prefix "%s"', async (prefix) => {
    const state = await publish(3, (key) => prefix + key);
    const model = await build(3);
    const report = await loadWeights(model, path, { expect: 'all' });
    expect(report).toEqual({
      matched: [...state.keys()],
      missing: [],
      discarded: [],
      classes: 'same',
    });
    expect(await exportParameters(model.parameters)).toEqual(state);
  });

  it('takes the key with the fewest prefixes where two fit', async () => {
    const state = await publish(3);
    const other = { shape: [3], data: Float32Array.of(7, 7, 7) };
    await writeSafetensors(
      path,
      new Map<string, TensorToStore>([['module.classifier.bias', other], ...state]),
    );
    const model = await build(3);
    await loadWeights(model, path, { classNames: 'sorted' });
    expect((await exportParameters(model.parameters)).get('classifier.bias')).toEqual(
      state.get('classifier.bias'),
    );
  });

  it('keeps its own classifier where the classes differ, and says so', async () => {
    const state = await publish(5);
    const model = await build(3);
    const own = await exportParameters(model.parameters);
    const report = await loadWeights(model, path);
    expect(report.missing).toEqual(['classifier.weight', 'classifier.bias']);
    expect(report.discarded).toEqual([
      { key: 'classifier.weight', shape: [5, 4] },
      { key: 'classifier.bias', shape: [5] },
    ]);
    const after = await exportParameters(model.parameters);
    expect(after.get('classifier.weight')).toEqual(own.get('classifier.weight'));
    expect(after.get('features.0.0.weight')).toEqual(state.get('features.0.0.weight'));
  });

  it('names both class counts where all weights are expected, and changes nothing', async () => {
    await publish(5);
    const model = await build(3);
    const own = await exportParameters(model.parameters);
    await expect(loadWeights(model, path, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/shape-mismatch',
      message: `${path}: the weights have 5 labels, but the model has 3.`,
    });
    expect(await exportParameters(model.parameters)).toEqual(own);
  });

  it('refuses weights that lack a part of the backbone', async () => {
    await publish(3, (key) => (key.endsWith('running_var') ? undefined : key));
    await expect(loadWeights(await build(3), path)).rejects.toMatchObject({
      code: 'checkpoint/missing-key',
      message: expect.stringContaining('features.0.1.running_var'),
    });
  });

  it('refuses weights of which nothing fits, showing both kinds of keys', async () => {
    await publish(3, (key) => `encoder.${key.replace('features', 'layers')}`);
    await expect(loadWeights(await build(3), path)).rejects.toMatchObject({
      code: 'checkpoint/no-match',
      hint: expect.stringMatching(/encoder\.layers.*the model needs features/),
    });
  });

  it('names the layout whose keys the file has', async () => {
    const of = (layout: string, widthMultiplier = 0.25) =>
      buildModel(
        {
          backbone: { name: 'mobilenet-v3-small', options: { layout, widthMultiplier } },
          head: { name: 'linear' },
        },
        { labels: new LabelVocabulary(['a', 'b']), height: 64, width: 64 },
      );
    for (const layout of ['torchvision', 'timm']) {
      const state = await exportParameters((await of(layout)).parameters);
      await writeSafetensors(path, new Map([...state].map(([key, value]) => [`_orig_mod.${key}`, value])));
      await expect(loadWeights(await of('reference'), path)).rejects.toMatchObject({
        code: 'checkpoint/other-layout',
        message: expect.stringContaining(`of layout "${layout}"`),
        hint: `Add --set model.backbone.options.layout=${layout}`,
      });
      await expect(
        loadWeights(await of('reference'), path, { place: 'mutual.models.0' }),
      ).rejects.toMatchObject({
        hint: `Add --set mutual.models.0.backbone.options.layout=${layout}`,
      });
      // Another width is not a matter of the layout.
      await expect(loadWeights(await of('reference', 0.5), path)).rejects.not.toMatchObject({
        code: 'checkpoint/other-layout',
      });
    }
  });

  describe('a layer that newer releases have renamed', () => {
    const renamed = defineBackbone({
      name: 'renamed',
      options: z.strictObject({}),
      create: () => ({
        name: 'renamed',
        featureChannels: 3,
        stride: 1,
        normalisation: UNIT,
        padding: 'symmetric',
        apply: (image) => new Abn({ name: 'body.0', alias: 'body.bn' }).apply(image) as SymbolicTensor,
      }),
    });
    const buildRenamed = () =>
      buildModel(
        { backbone: { name: 'renamed' }, head: { name: 'mean' } },
        { labels: new LabelVocabulary([0, 1]), height: 8, width: 8, parts: [...tinyParts, renamed] },
      );

    /** Weights as both spellings have them: the older |w| + 1e-5 at run time, the newer that sum itself. */
    const own = Float32Array.of(0.5, -0.25, 0);
    const baked = own.map((weight) => Math.abs(weight) + 1e-5);
    const write = (name: string, weight: Float32Array) => {
      const vector = (values: Float32Array) => ({ shape: [3], data: values });
      return writeSafetensors(
        path,
        new Map<string, TensorToStore>([
          [`backbone.body.${name}.weight`, vector(weight)],
          [`backbone.body.${name}.bias`, vector(Float32Array.of(1, 2, 3))],
          [`backbone.body.${name}.running_mean`, vector(Float32Array.of(0.1, 0.2, 0.3))],
          [`backbone.body.${name}.running_var`, vector(Float32Array.of(1, 4, 9))],
        ]),
      );
    };

    it('is the same network under either name', async () => {
      const outputs: Float32Array[] = [];
      for (const [name, weight] of [
        ['0', own],
        ['bn', baked],
      ] as const) {
        await write(name, weight);
        const model = await buildRenamed();
        const { matched, missing } = await loadWeights(model, path);
        expect([matched.length, missing.length]).toEqual([4, 2]);
        outputs.push((model.features.predict(ones([1, 8, 8, 3])) as Tensor).dataSync<'float32'>());
      }
      outputs[0].forEach((value, i) => expect(outputs[1][i]).toBeCloseTo(value, 6));
    });

    it('changes nothing when it cannot have the values', async () => {
      await write('bn', Float32Array.of(0.5, -0.25, 0.5));
      const model = await buildRenamed();
      const before = await exportParameters(model.parameters);
      await expect(loadWeights(model, path)).rejects.toMatchObject({ code: 'checkpoint/values' });
      expect(await exportParameters(model.parameters)).toEqual(before);
    });
  });

  it('tells where a file has the weights more than once, and takes those that are named', async () => {
    const [one, other] = [
      await exportParameters((await build(3, 9)).parameters),
      await exportParameters((await build(3, 8)).parameters),
    ];
    const under = (prefix: string, state: typeof one) =>
      [...state].map(([key, value]) => [prefix + key, value] as const);
    await writeSafetensors(path, new Map([...under('student.', one), ...under('teacher.', other)]));
    const model = await build(3);
    const first = await loadWeights(model, path, { classNames: 'sorted' });
    expect(first.networks).toEqual({ taken: 'student', others: ['teacher'] });
    expect(await exportParameters(model.parameters)).toEqual(one);
    const second = await loadWeights(model, path, { classNames: 'sorted', container: 'teacher' });
    expect(second.networks).toBeUndefined();
    expect(await exportParameters(model.parameters)).toEqual(other);
  });

  it('reports what the file has and the model has not', async () => {
    await publish(3);
    const state = await exportParameters((await build(3)).parameters);
    await writeSafetensors(
      path,
      new Map([...state, ['old_head.weight', { shape: [2], data: Float32Array.of(1, 2) }]]),
    );
    expect((await loadWeights(await build(3), path, { classNames: 'sorted' })).discarded).toEqual([
      { key: 'old_head.weight', shape: [2] },
    ]);
  });
});
