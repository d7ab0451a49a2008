import type { Parameter } from '@polytag/layers';
import { matchKeys } from './match-keys.js';
import { otherNetworks } from './other-networks.js';

const parameters = ['stem.weight', 'stem.bias', 'body.0.weight'].map(
  (key) => ({ key, layout: 'plain', variable: { shape: [2] }, trainable: true }) as unknown as Parameter,
);
const under = (prefix: string, shape = [2]) =>
  parameters.map(({ key }) => [prefix + key, { shape }] as const);
const told = (...items: ReturnType<typeof under>[]) => {
  const stored = new Map(items.flat());
  return otherNetworks(parameters, matchKeys(parameters, stored).matched, stored);
};

it.each([
  ['student.', 'teacher.'],
  ['model.', 'model_ema.module.'],
  ['net.backbone.', 'net.momentum.backbone.'],
])('tells that weights lie under %s and %s', (one, other) => {
  expect(told(under(one), under(other))).toEqual({
    taken: one.slice(0, -1),
    others: [other.slice(0, -1)],
  });
});

it('tells of an average beside weights without a prefix', () => {
  expect(told(under(''), under('ema.'))).toEqual({ taken: '', others: ['ema'] });
});

it('tells nothing of a part of the weights, or of those of another network', () => {
  expect(told(under(''), under('ema.').slice(1)).others).toEqual([]);
  expect(told(under('a.'), under('b.', [3])).others).toEqual([]);
  expect(told(under('a.')).others).toEqual([]);
});
