import { useEngine } from '@polytag/engine';
import { parameter } from '../optimisers/parameter.fixture.js';
import { freezingFrom, isFrozen, type FreezingSettings } from './freezing.js';
import { rateFactorOf } from './select-parameters.js';

beforeAll(() => useEngine('cpu'));

const vector = (key: string, options = {}) => parameter(key, [2], [1, 2], options);

const model = () => ({
  parameters: [
    vector('blocks.2.conv.weight'),
    vector('blocks.2.bn.weight'),
    vector('blocks.2.bn.bias'),
    vector('blocks.2.bn.running_mean', { buffer: true }),
    vector('blocks.20.bn.weight'),
    vector('blocks.20.bn.running_mean', { buffer: true }),
    vector('head.queries', { trainable: false }),
    vector('head.fc.weight'),
  ],
  isBackboneKey: (key: string) => key.startsWith('blocks.'),
});

const settings = (given: Partial<FreezingSettings>): FreezingSettings => ({
  freeze: [],
  freezeEpochs: 0,
  frozenBatchNorm: 'running',
  rateFactors: {},
  ...given,
});

const frozenKeys = (given: Partial<FreezingSettings>, epoch = 0) => [
  ...freezingFrom(model(), settings(given)).during(epoch).parameters,
];

it.each([
  [[], []],
  [['blocks.2'], ['blocks.2.conv.weight', 'blocks.2.bn.weight', 'blocks.2.bn.bias']],
  [['blocks.2.bn.bias'], ['blocks.2.bn.bias']],
  [['head'], ['head.queries', 'head.fc.weight']],
  [['backbone'], ['blocks.2.conv.weight', 'blocks.2.bn.weight', 'blocks.2.bn.bias', 'blocks.20.bn.weight']],
])('freeze %j', (freeze, expected) => {
  expect(frozenKeys({ freeze })).toEqual(expected);
});

it('a batch norm is frozen with all that it learns', () => {
  const batchNorms = (given: Partial<FreezingSettings>) => [
    ...freezingFrom(model(), settings(given)).always.batchNorms,
  ];
  expect(batchNorms({})).toEqual([]);
  expect(batchNorms({ freeze: ['blocks.2.bn.bias'] })).toEqual([]);
  expect(batchNorms({ freeze: ['blocks.2.bn'] })).toEqual(['blocks.2.bn']);
  expect(batchNorms({ freeze: ['backbone'] })).toEqual(['blocks.2.bn', 'blocks.20.bn']);
  expect(batchNorms({ freeze: ['backbone'], frozenBatchNorm: 'batch' })).toEqual([]);
  const { always } = freezingFrom(model(), settings({ freeze: ['blocks.2.bn'] }));
  expect(
    ['blocks.2.bn.running_mean', 'blocks.20.bn.running_mean'].map((key) => isFrozen(always, key)),
  ).toEqual([true, false]);
});

it('freezeEpochs adds the backbone in the first epochs', () => {
  const given = { freeze: ['blocks.2'], freezeEpochs: 2 };
  expect(frozenKeys(given, 1)).toContain('blocks.20.bn.weight');
  expect(frozenKeys(given, 2)).not.toContain('blocks.20.bn.weight');
});

it.each([
  [{ freeze: ['blocks.3'] }, 'usage/unknown-layer', 'Did you mean "blocks.2"?'],
  [{ rateFactors: { bakcbone: 0.1 } }, 'usage/unknown-layer', 'Did you mean "backbone"?'],
  [{ freeze: ['backbone', 'head'] }, 'usage/all-frozen', 'Freeze less'],
  [{ freeze: ['head'], freezeEpochs: 1 }, 'usage/all-frozen', 'Freeze less'],
])('refuses %j', (given, code, hint) => {
  expect(() => freezingFrom(model(), settings(given as Partial<FreezingSettings>))).toThrow(
    expect.objectContaining({ code, hint: expect.stringContaining(hint) }),
  );
});

it('of several rate factors the longest layer name decides', () => {
  const factorOf = rateFactorOf(model(), { backbone: 0.1, 'blocks.2': 0.2, 'blocks.2.bn': 0.3 });
  expect(
    ['blocks.2.bn.bias', 'blocks.2.conv.weight', 'blocks.20.bn.weight', 'head.fc.weight'].map(factorOf),
  ).toEqual([0.3, 0.2, 0.1, 1]);
});
