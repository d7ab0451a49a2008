import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@polytag/checkpoints';
import { LabelVocabulary, RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import { tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { buildModel } from '../build/build-model.js';
import type { ModelConfig } from '../config/model-config.js';
import { saveModel } from '../folder/save-model.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { tinyParts } from '../tiny-parts.fixture.js';
import { loadWeights, type LoadWeightsOptions } from './load-weights.js';
import { dict, pthFile } from './pth.fixture.js';

/** As ML-Decoder's COCO files have them: by the numbers of the data set, not sorted. */
const PUBLISHED = ['person', 'bicycle', 'car', 'airplane', 'dog'];
const decoder = { name: 'ml-decoder', options: { embedding: 16, heads: 4, feedForward: 24 } };

const build = (
  labels: readonly string[] = PUBLISHED,
  head: ModelConfig['head'] = decoder,
  seed = 0,
): Promise<MultiLabelModel> =>
  buildModel(
    { backbone: { name: 'tiny' }, head },
    { labels: new LabelVocabulary(labels), height: 8, width: 8, seed, parts: tinyParts },
  );

const random = new RandomStream(5, 'images');
const image = Float32Array.from({ length: 8 * 8 * 3 }, () => random.normal());

function outputsOf(model: MultiLabelModel): Map<string, number> {
  const outputs = model.predictBatch(tensor(image, [1, 8, 8, 3]) as Tensor4D).dataSync();
  return new Map(model.labels.names.map((name, i) => [name, outputs[i]]));
}

describe('the classes of a file', () => {
  let folder: string;
  let path: string;
  beforeAll(() => useEngine('cpu'));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    path = join(folder, 'weights.pth');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /**
   * A whole model as Alibaba publishes it: the decoder under `head.decoder.`, what its classes are beside the weights.
   * Its n-th class is the n-th of `classes`, so that the model that it was made of has other names for them.
   */
  async function publish(
    classes: readonly string[] | null = PUBLISHED,
    head: ModelConfig['head'] = decoder,
  ): Promise<ReadonlyMap<string, number>> {
    const source = await build(['0', '1', '2', '3', '4'], head, 9);
    const weights = [...(await exportParameters(source.parameters))];
    const state = weights.map(
      ([key, value]) => [key.startsWith('decoder.') ? `head.${key}` : key, value] as const,
    );
    const file = { num_classes: 5, model: new Map(state) };
    const map = classes && new Map(classes.map((name, index) => [index, name]));
    await writeFile(path, pthFile(dict(map ? { ...file, idx_to_class: map } : file)));
    return new Map([...outputsOf(source).values()].map((output, i) => [PUBLISHED[i], output]));
  }

  it.each<[string, ModelConfig['head']]>([
    ['ml-decoder', decoder],
    ['linear', { name: 'linear' }],
    ['linear, cosines', { name: 'linear', options: { space: 'cosines' } }],
  ])('are put into the order of the labels, with the head: %s', async (_, head) => {
    const outputs = await publish(PUBLISHED, head);
    const model = await build(PUBLISHED, head);
    const report = await loadWeights(model, path, { expect: 'all' });
    expect(report).toMatchObject({ classes: 'reordered', missing: [], discarded: [] });
    const names = ['airplane', 'bicycle', 'car', 'dog', 'person'];
    expect(model.labels.names).toEqual(names);
    for (const [name, output] of outputsOf(model)) expect(output).toBeCloseTo(outputs.get(name)!, 5);
  });

  it('that the file does not say must be said where all weights are wanted', async () => {
    const outputs = await publish(null);
    const model = await build();
    const before = await exportParameters(model.parameters);
    await expect(loadWeights(model, path, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/unknown-labels',
      hint: expect.stringContaining('model.weightsLabels'),
    });
    expect(await exportParameters(model.parameters)).toEqual(before);
    await loadWeights(model, path, { expect: 'all', classNames: PUBLISHED });
    for (const [name, output] of outputsOf(model)) expect(output).toBeCloseTo(outputs.get(name)!, 5);
    // In sorted order, the first class of the file is "airplane".
    await loadWeights(model, path, { expect: 'all', classNames: 'sorted' });
    expect(outputsOf(model).get('airplane')).toBeCloseTo(outputs.get('person')!, 5);
  });

  it('that are others are refused, and left out where the backbone is enough', async () => {
    await publish(['person', 'bicycle', 'car', 'airplane', 'cat']);
    const model = await build();
    const before = await exportParameters(model.parameters);
    await expect(loadWeights(model, path, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/other-labels',
      message: expect.stringContaining('of the model it lacks "dog"; it also has "cat"'),
    });
    expect(await exportParameters(model.parameters)).toEqual(before);
    const { classes, missing, matched } = await loadWeights(model, path);
    expect(classes).toBe('other');
    const rows = [
      'decoder.query_embed.weight',
      'decoder.duplicate_pooling',
      'decoder.duplicate_pooling_bias',
    ];
    expect([...missing].sort()).toEqual([...rows].sort());
    expect(matched).toContain('decoder.embed_standart.weight');
    const after = await exportParameters(model.parameters);
    for (const key of rows) expect(after.get(key)).toEqual(before.get(key));
    // The spelling of the config is believed over that of the file.
    expect(await loadWeights(model, path, { expect: 'all', classNames: PUBLISHED })).toMatchObject({
      classes: 'reordered',
    });
  });

  it.each<[string, LoadWeightsOptions]>([
    ['unknown', {}],
    ['other', { classNames: ['a', 'b', 'c', 'd', 'e'] }],
    ['other', { classNames: ['person'] }],
  ])('that are %s give no weights to labels of %j', async (classes, options) => {
    await publish(null);
    const model = await build(['v', 'w', 'x', 'y', 'z']);
    expect((await loadWeights(model, path, options)).classes).toBe(classes);
  });

  it('in an order that groups cannot take are refused', async () => {
    const grouped = { ...decoder, options: { ...decoder.options, groups: 3 } };
    await publish(PUBLISHED, grouped);
    const model = await build(PUBLISHED, grouped);
    await expect(loadWeights(model, path, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/label-order',
    });
    expect((await loadWeights(model, path)).classes).toBe('grouped');
  });

  it('in another order are refused for a head that does not say how it follows them', async () => {
    await publish(PUBLISHED, { name: 'mean' });
    const model = await build(PUBLISHED, { name: 'mean' });
    await expect(loadWeights(model, path, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/label-order',
    });
    const sorted = new LabelVocabulary(PUBLISHED).names;
    expect(await loadWeights(model, path, { expect: 'all', classNames: sorted })).toMatchObject({
      classes: 'same',
    });
  });

  it('of a model folder are in its weights, or else in its config', async () => {
    const source = await build();
    await saveModel(source, join(folder, 'best'));
    const weights = join(folder, 'best/model.safetensors');
    expect(await loadWeights(await build(), weights, { expect: 'all' })).toMatchObject({ classes: 'same' });
    const other = ['a', 'b', 'c', 'd', 'e'];
    await expect(loadWeights(await build(other), weights, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/other-labels',
    });
    await writeSafetensors(weights, await exportParameters(source.parameters));
    expect(await loadWeights(await build(), weights, { expect: 'all' })).toMatchObject({ classes: 'same' });
    await rm(join(folder, 'best/config.json'));
    await expect(loadWeights(await build(), weights, { expect: 'all' })).rejects.toMatchObject({
      code: 'checkpoint/unknown-labels',
    });
  });
});
