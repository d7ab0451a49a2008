import { LabelVocabulary, RandomStream, type LabelGraph } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { buildModel } from '../build/build-model.js';
import type { ModelConfig } from '../config/model-config.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { tinyParts } from '../tiny-parts.fixture.js';
import { continueHead } from './continue-head.js';

const random = new RandomStream(7, 'images');
const image = Float32Array.from({ length: 8 * 8 * 3 }, () => random.normal());
const TRAINED = ['cat', 'dog', 'owl'];
const DECODER = { name: 'ml-decoder', options: { embedding: 16, heads: 4, feedForward: 24 } };
const WANTED = ['ant', 'cat', 'dog', 'fox'];

const graphOf = (size: number): LabelGraph => ({
  cooccurrence: { rows: size, columns: size, values: new Float32Array(size * size) },
  wordVectors: { rows: size, columns: 6, values: new Float32Array(size * 6).fill(0.5) },
});
const build = (labels: readonly string[], head: ModelConfig['head'], seed: number) =>
  buildModel(
    { backbone: { name: 'tiny' }, head },
    {
      labels: new LabelVocabulary(labels),
      ...{ height: 8, width: 8, seed, parts: tinyParts, labelGraph: graphOf(labels.length) },
    },
  );
/** What a head gives for each label, on the features of its own backbone. */
function outputsOf(model: MultiLabelModel): Map<string, number> {
  const outputs = model.predictBatch(tensor(image, [1, 8, 8, 3]) as Tensor4D).dataSync();
  return new Map(model.labels.names.map((name, i) => [name, outputs[i]]));
}

beforeAll(() => useEngine('cpu'));

it.each(['logits', 'cosines'])(
  'carries the labels over that both have, and leaves new ones (%s)',
  async (space) => {
    const head = { name: 'linear', options: { space } };
    const trained = await build(TRAINED, head, 3);
    const model = await build(WANTED, head, 3);
    const before = outputsOf(model);
    expect(await continueHead(model, trained)).toEqual({ carried: ['cat', 'dog'], added: ['ant', 'fox'] });
    const [after, expected] = [outputsOf(model), outputsOf(trained)];
    for (const label of ['cat', 'dog']) {
      expect(after.get(label)).toBeCloseTo(expected.get(label)!, 6);
      expect(before.get(label)).not.toBeCloseTo(expected.get(label)!, 3);
    }
    for (const label of ['ant', 'fox']) expect(after.get(label)).toBeCloseTo(before.get(label)!, 6);
  },
);

it('copies what does not depend on the labels', async () => {
  const head = { name: 'gcn', options: {} };
  const [trained, model] = [await build(TRAINED, head, 3), await build(TRAINED, head, 4)];
  model.parameters.forEach(({ key, variable }, i) => {
    if (model.isBackboneKey(key)) variable.write(trained.parameters[i].variable.read());
  });
  expect(await continueHead(model, trained)).toEqual({ carried: TRAINED, added: [] });
  const expected = outputsOf(trained);
  for (const [label, output] of outputsOf(model)) expect(output).toBeCloseTo(expected.get(label)!, 5);
});

it.each<[string, ModelConfig['head'], ModelConfig['head'], readonly string[]]>([
  ['another head', { name: 'linear' }, { name: 'csra' }, WANTED],
  ['another space', { name: 'linear' }, { name: 'linear', options: { space: 'cosines' } }, WANTED],
  ['another width', DECODER, { ...DECODER, options: { ...DECODER.options, embedding: 8 } }, TRAINED],
  ['no label in common', { name: 'linear' }, { name: 'linear' }, ['ant', 'fox']],
  ['labels that share queries', DECODER, DECODER, WANTED],
  ['a head that does not say how weights follow labels', { name: 'mean' }, { name: 'mean' }, WANTED],
])('leaves the model as it is: %s', async (_, old, head, labels) => {
  const trained = await build(TRAINED, old, 3);
  const model = await build(labels, head, 3);
  const before = outputsOf(model);
  expect(await continueHead(model, trained)).toBeUndefined();
  expect(outputsOf(model)).toEqual(before);
});
