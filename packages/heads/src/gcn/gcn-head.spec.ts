import { useEngine } from '@polytag/engine';
import { assignParameters, parametersOf } from '@polytag/layers';
import { UsageError, type LabelGraph } from '@polytag/core';
import { headModel, keysOf, randomTensor, reloaded, run } from '../head-model.fixture.js';
import { foldChannelWeights, gcnHead, gcnHeadDefinition } from './index.js';

beforeAll(() => useEngine('cpu'));

const labelGraph: LabelGraph = {
  cooccurrence: {
    rows: 4,
    columns: 4,
    values: Float32Array.from({ length: 16 }, (_, i) => (i % 5 ? (i % 7) / 10 : 0)),
  },
  wordVectors: { rows: 4, columns: 6, values: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)) },
};
const x = () => randomTensor([2, 2, 3, 8], 2);

it('has the published keys, and hands neither the graph nor the words to the optimiser', () => {
  const gcn = headModel(gcnHead(), 4, { labelGraph });
  expect(keysOf(gcn)).toEqual(['inp', 'A', 'gc1.weight', 'gc2.weight', 'head.weight', 'head.bias']);
  const gat = headModel(gcnHead({ layer: 'gat', space: 'cosines' }), 4, { labelGraph });
  expect(keysOf(gat)).toEqual(['inp', 'A', 'gc1.W', 'gc1.a', 'gc2.W', 'gc2.a', 'head.weight']);
  expect(
    parametersOf(gat)
      .filter(({ trainable }) => !trainable)
      .map(({ key }) => key),
  ).toEqual(['inp', 'A']);
  expect(gat.trainableWeights).toHaveLength(5);
});

it('takes the width between the layers from hiddenScale', () => {
  const built = headModel(gcnHead({ hiddenScale: 3 }), 4, { labelGraph });
  const shapes = new Map(parametersOf(built).map(({ key, variable }) => [key, variable.shape]));
  expect(shapes.get('gc1.weight')).toEqual([6, 2]);
  expect(shapes.get('gc2.weight')).toEqual([2, 8]);
});

it.each(['avg', 'max', 'avg+max'] as const)('weighing pooled features is weighing the map: %s', (pooling) => {
  const built = headModel(gcnHead({ pooling, space: 'cosines' }), 4, { labelGraph });
  const weights = foldChannelWeights(built)!.dataSync();
  weights.forEach((weight) => expect(weight > 0 && weight < 1).toBe(true));
  const map = x().mul(
    randomTensor([8], 1)
      .mul(0)
      .add([...weights]),
  );
  const pooled = {
    avg: map.mean([1, 2]),
    max: map.max([1, 2]),
    'avg+max': map.mean([1, 2]).add(map.max([1, 2])),
  }[pooling];
  const features = pooled.div(pooled.norm('euclidean', 1, true));
  const proxies = parametersOf(built)
    .find(({ key }) => key === 'head.weight')!
    .variable.read();
  const expected = features.matMul(proxies.div(proxies.norm('euclidean', 0, true))).dataSync();
  run(built, x()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
});

it.each(['gcn', 'gat'] as const)(
  'folds the graph into a constant that gives the same outputs: %s',
  (layer) => {
    const built = headModel(gcnHead({ layer }), 4, { labelGraph });
    const before = run(built, x());
    foldChannelWeights(built);
    expect(run(built, x())).toEqual(before);
  },
);

it('forgets the constant when weights are assigned', () => {
  const built = headModel(gcnHead(), 4, { labelGraph });
  const before = run(built, x());
  foldChannelWeights(built);
  assignParameters(parametersOf(built), (key) =>
    key === 'gc2.weight' ? { shape: [8, 8], data: new Float32Array(64).fill(0.5) } : undefined,
  );
  const after = run(built, x());
  expect(after).not.toEqual(before);
  foldChannelWeights(built);
  expect(run(built, x())).toEqual(after);
});

it('drops attention in training only, by step', () => {
  const built = headModel(gcnHead({ layer: 'gat' }), 4, { labelGraph });
  const training = (step: number) => run(built, x(), { training: true, step });
  expect(training(1)).toEqual(training(1));
  const steps = new Set([1, 2, 3, 4, 5, 6].map((step) => training(step).join()));
  expect(steps.size).toBeGreaterThan(1);
  expect(run(built, x())).toEqual(run(built, x()));
});

it('comes back from its saved form, without the label graph', async () => {
  const built = headModel(gcnHead({ layer: 'gat' }), 4, { labelGraph });
  expect(run(await reloaded(built), x())).toEqual(run(built, x()));
});

it('asks for a label graph that fits', () => {
  expect(() => headModel(gcnHead(), 4)).toThrow(UsageError);
  expect(() => headModel(gcnHead(), 5, { labelGraph })).toThrow('4x4');
  expect(() => headModel(gcnHead({ wordDimension: 7 }), 4, { labelGraph })).toThrow('wordDimension is 7');
  const empty = headModel(gcnHead({ wordDimension: 6 }), 4);
  run(empty, x()).forEach((value) => expect(Number.isFinite(value)).toBe(true));
  expect(gcnHeadDefinition.name).toBe('gcn');
});
