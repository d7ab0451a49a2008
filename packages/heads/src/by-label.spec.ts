import { LabelVocabulary, RandomStream, type Head, type LabelGraph } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { assignParameters, exportParameters, parametersOf } from '@polytag/layers';
import { csraHead } from './csra/index.js';
import { gcnHead } from './gcn/index.js';
import { applied, randomTensor, run } from './head-model.fixture.js';
import { linearHead } from './linear/index.js';
import { mlDecoderHead } from './ml-decoder/index.js';

beforeAll(() => useEngine('cpu'));

const LABELS = 5;
const small = { embedding: 16, heads: 4, feedForward: 24 } as const;
const penultimate = {
  width: 6,
  batchNorm: true,
  epsilon: 1e-5,
  names: { linear: 'c.0', batchNorm: 'c.1', activation: 'c.2', classifier: 'c.4' },
  linearIsConvolution: false,
};

/** Word vectors and co-occurrences of 5 labels, with edges in both directions. */
function labelGraph(): LabelGraph {
  const random = new RandomStream(3, 'graph');
  const matrix = (columns: number, value: () => number) => ({
    rows: LABELS,
    columns,
    values: Float32Array.from({ length: LABELS * columns }, value),
  });
  return {
    cooccurrence: matrix(LABELS, () => random.uniform()),
    wordVectors: matrix(4, () => random.normal()),
  };
}

const heads: readonly [string, () => Head, order: readonly number[]][] = [
  ['linear', () => linearHead(), [3, 0, 4, 2, 1]],
  ['linear, cosines', () => linearHead({ space: 'cosines' }), [3, 0, 4, 2, 1]],
  ['gcn', () => gcnHead({ tau: 0.5 }), [3, 0, 4, 2, 1]],
  ['gat, cosines', () => gcnHead({ tau: 0.5, layer: 'gat', space: 'cosines' }), [3, 0, 4, 2, 1]],
  ['ml-decoder', () => mlDecoderHead(small), [3, 0, 4, 2, 1]],
  ['ml-decoder, cosines', () => mlDecoderHead({ ...small, space: 'cosines' }), [3, 0, 4, 2, 1]],
  ['csra', () => csraHead({ temperatures: [1, 'max'] }), [3, 0, 4, 2, 1]],
  ['csra, cosines', () => csraHead({ space: 'cosines' }), [3, 0, 4, 2, 1]],
  // Groups {0 1} {2 3} {4}: moved as a whole, and turned within.
  ['ml-decoder of groups', () => mlDecoderHead({ ...small, groups: 3 }), [3, 2, 0, 1, 4]],
];

it.each(heads)('%s gives the outputs of the labels in their new order', async (_, make, order) => {
  const head = make();
  const context = { labels: new LabelVocabulary(['a', 'b', 'c', 'd', 'e']), labelGraph: labelGraph() };
  const { built, byLabel } = applied(head, LABELS, {
    ...context,
    backbone: { featureChannels: 8, penultimate: head.name === 'linear' ? penultimate : undefined },
  });
  const parameters = parametersOf(built);
  const random = new RandomStream(4, 'bias');
  for (const parameter of parameters.filter(({ key }) => key.endsWith('bias')))
    assignParameters([parameter], () => {
      const shape = parameter.variable.shape as number[];
      return { shape, data: Array.from({ length: shape[0] }, () => random.normal()) };
    });
  const x = randomTensor([2, 2, 3, 8], 5);
  const before = run(built, x);
  const state = await exportParameters(parameters);
  let changed = 0;
  assignParameters(parameters, (key) => {
    const stored = state.get(key)!;
    const reorder = byLabel!(key);
    if (!reorder) return stored;
    changed++;
    return { shape: stored.shape, data: reorder(stored, order)! };
  });
  expect(changed).toBeGreaterThan(0);
  run(built, x).forEach((value, i) => {
    const image = Math.floor(i / LABELS);
    expect(value).toBeCloseTo(before[image * LABELS + order[i % LABELS]], 5);
  });
});

it('leaves labels of one query together', () => {
  const { byLabel } = applied(mlDecoderHead({ ...small, groups: 3 }), LABELS);
  const queries = { shape: [3, 2], data: [0, 1, 2, 3, 4, 5] };
  expect(byLabel!('decoder.query_embed.weight')!(queries, [0, 2, 1, 3, 4])).toBeUndefined();
  expect(byLabel!('decoder.query_embed.weight')!(queries, [2, 3, 0, 1, 4])).toEqual(
    Float32Array.of(2, 3, 0, 1, 4, 5),
  );
});
