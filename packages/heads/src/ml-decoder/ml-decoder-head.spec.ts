import fc from 'fast-check';
import { useEngine } from '@polytag/engine';
import { parametersOf } from '@polytag/layers';
import { applied, headModel, randomTensor, reloaded, run } from '../head-model.fixture.js';
import { decoderSizes } from './label-groups.js';
import { mlDecoderHead, mlDecoderHeadDefinition } from './index.js';

beforeAll(() => useEngine('cpu'));

const small = { embedding: 16, heads: 4, feedForward: 24 } as const;

it('has at most one query a label, and 100 when none are asked for', () => {
  expect(decoderSizes(20, -1)).toEqual({ groups: 20, labelsPerGroup: 1 });
  expect(decoderSizes(80, -1)).toEqual({ groups: 80, labelsPerGroup: 1 });
  expect(decoderSizes(500, -1)).toEqual({ groups: 100, labelsPerGroup: 5 });
  expect(decoderSizes(83, 10)).toEqual({ groups: 10, labelsPerGroup: 9 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (labels, wanted) => {
      const { groups, labelsPerGroup } = decoderSizes(labels, wanted);
      expect(groups * labelsPerGroup).toBeGreaterThanOrEqual(labels);
      expect(groups * (labelsPerGroup - 1)).toBeLessThan(labels);
    }),
  );
});

it('has the published keys and sizes, with frozen queries', () => {
  const built = headModel(mlDecoderHead({ ...small, groups: 3 }), 7);
  const shapes = new Map(parametersOf(built).map(({ key, variable }) => [key, variable.shape]));
  const layer = (name: string) => [`decoder.layers.0.${name}.weight`, `decoder.layers.0.${name}.bias`];
  const attention = 'decoder.layers.0.multihead_attn';
  expect([...shapes.keys()].sort()).toEqual(
    [
      'decoder.duplicate_pooling',
      'decoder.duplicate_pooling_bias',
      'decoder.embed_standart.weight',
      'decoder.embed_standart.bias',
      'decoder.query_embed.weight',
      ...['norm1', 'norm2', 'norm3', 'linear1', 'linear2'].flatMap(layer),
      `${attention}.in_proj_weight`,
      `${attention}.in_proj_bias`,
      ...layer('multihead_attn.out_proj'),
    ].sort(),
  );
  expect(shapes.get('decoder.duplicate_pooling')).toEqual([3, 16, 3]);
  expect(shapes.get('decoder.query_embed.weight')).toEqual([3, 16]);
  const frozen = parametersOf(built).filter(({ trainable }) => !trainable);
  expect(frozen.map(({ key }) => key)).toEqual(['decoder.query_embed.weight']);
});

it.each(['logits', 'cosines'] as const)('answers for each image alone: %s', (space) => {
  const built = headModel(mlDecoderHead({ ...small, space, groups: 2 }), 5);
  const x = randomTensor([3, 2, 3, 8], 6);
  const together = run(built, x);
  const alone = x.split(3).flatMap((image) => run(built, image));
  together.forEach((value, i) => expect(value).toBeCloseTo(alone[i], 5));
  expect(together).toHaveLength(15);
});

it('does not depend on the order of the cells: there is no positional encoding', () => {
  const built = headModel(mlDecoderHead(small), 5);
  const x = randomTensor([1, 2, 3, 8], 7);
  const turned = x.reverse([1, 2]);
  const outputs = run(built, x);
  run(built, turned).forEach((value, i) => expect(value).toBeCloseTo(outputs[i], 4));
});

it('drops by step in training, nothing else', () => {
  const built = headModel(mlDecoderHead(small), 5);
  const x = randomTensor([2, 2, 2, 8], 8);
  const training = (step: number) => run(built, x, { training: true, step });
  expect(training(1)).toEqual(training(1));
  expect(training(1)).not.toEqual(training(2));
  const without = headModel(mlDecoderHead({ ...small, dropout: 0 }), 5);
  const evaluated = run(without, x);
  run(without, x, { training: true, step: 1 }).forEach((value, i) =>
    expect(value).toBeCloseTo(evaluated[i], 6),
  );
  expect(run(built, x)).toEqual(evaluated);
});

it('comes back from its saved form', async () => {
  const built = headModel(mlDecoderHead({ ...small, space: 'cosines', groups: 2 }), 5);
  const x = randomTensor([2, 2, 2, 8], 9);
  expect(run(await reloaded(built), x)).toEqual(run(built, x));
});

it('is a part named ml-decoder that refuses heads that do not divide the embedding', () => {
  expect(mlDecoderHeadDefinition.name).toBe('ml-decoder');
  const cosines = mlDecoderHead({ ...small, space: 'cosines' });
  expect([cosines.space, applied(cosines, 3).scale]).toEqual(['cosines', 23]);
  expect(() => mlDecoderHead({ heads: 5 })).toThrow('5 heads');
  expect(() => mlDecoderHead({ groups: 0 })).toThrow('groups');
});
