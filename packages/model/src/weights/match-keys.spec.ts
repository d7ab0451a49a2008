import type { Parameter } from '@polytag/layers';
import { classesOf, matchKeys } from './match-keys.js';

/** A parameter as `parametersOf` lists it; only key, layout and shape matter here. */
const parameter = (key: string, shape: number[], layout: Parameter['layout'] = 'plain') =>
  ({ key, layout, variable: { shape }, trainable: true, buffer: false }) as unknown as Parameter;
const stored = (shapes: Record<string, number[]>) =>
  new Map(Object.entries(shapes).map(([key, shape]) => [key, { shape }]));

it('compares shapes in checkpoint order', () => {
  const parameters = [
    parameter('stem.weight', [3, 3, 2, 8], 'convolution'),
    parameter('fc.weight', [4, 7], 'linear'),
  ];
  const match = matchKeys(parameters, stored({ 'stem.weight': [8, 2, 3, 3], 'fc.weight': [4, 7] }));
  expect([...match.matched]).toEqual([['stem.weight', { storedKey: 'stem.weight' }]]);
  expect(match.mismatched).toEqual([
    { key: 'fc.weight', storedKey: 'fc.weight', expected: [7, 4], found: [4, 7] },
  ]);
});

it('finds the decoder under the name that the original ML-Decoder release gives it', () => {
  const match = matchKeys(
    [parameter('decoder.duplicate_pooling_bias', [2])],
    stored({ 'module.head.decoder.duplicate_pooling_bias': [2], 'module.body.num_batches_tracked': [] }),
  );
  expect([...match.matched.values()]).toEqual([{ storedKey: 'module.head.decoder.duplicate_pooling_bias' }]);
  expect(match.unused).toEqual([]);
});

it('looks for a key that is not there under its alias, with what converts its values', () => {
  const convert = (values: ArrayLike<number>) => Float32Array.from(values);
  const renamed = (key: string, aliasKey: string) => ({
    ...parameter(key, [2]),
    alias: { key: aliasKey, convert },
  });
  const parameters = [renamed('a.0.weight', 'a.conv.weight'), renamed('b.0.weight', 'b.conv.weight')];
  const match = matchKeys(
    parameters,
    stored({ 'backbone.a.conv.weight': [2], 'b.0.weight': [2], 'b.conv.weight': [2] }),
  );
  expect([...match.matched]).toEqual([
    ['a.0.weight', { storedKey: 'backbone.a.conv.weight', convert }],
    ['b.0.weight', { storedKey: 'b.0.weight', convert: undefined }],
  ]);
  expect(match.unused).toEqual(['b.conv.weight']);
});

it('joins a parameter that a file has in pieces, under the names of transformers', () => {
  const qkv = {
    ...parameter('blocks.0.attn.qkv.weight', [4, 12], 'linear'),
    alias: { key: 'layer.0.query.weight', more: ['layer.0.key.weight', 'layer.0.value.weight'] },
  };
  const pieces = (prefix: string, value: number[]) =>
    stored({
      [`${prefix}layer.0.query.weight`]: [4, 4],
      [`${prefix}layer.0.key.weight`]: [4, 4],
      [`${prefix}layer.0.value.weight`]: value,
    });
  for (const prefix of ['', 'dinov2.', 'dinov2_with_registers.']) {
    const match = matchKeys([qkv], pieces(prefix, [4, 4]));
    expect(match.matched.get(qkv.key)).toEqual({
      storedKey: `${prefix}layer.0.query.weight`,
      more: [`${prefix}layer.0.key.weight`, `${prefix}layer.0.value.weight`],
      convert: undefined,
    });
    expect(match.unused).toEqual([]);
  }
  expect(matchKeys([qkv], pieces('', [3, 4])).mismatched).toEqual([
    { key: qkv.key, storedKey: 'layer.0.query.weight', expected: [12, 4], found: [11, 4] },
  ]);
  expect(matchKeys([qkv], pieces('', [4, 5])).mismatched).toHaveLength(1);
  expect(matchKeys([qkv], stored({ 'layer.0.query.weight': [4, 4] })).missing).toEqual([qkv.key]);
});

it('does not miss what nothing is computed with', () => {
  const mask = { ...parameter('mask_token', [1, 2]), optional: true };
  expect(matchKeys([mask], stored({}))).toMatchObject({ missing: [], mismatched: [] });
  expect(matchKeys([mask], stored({ mask_token: [1, 2] })).matched.size).toBe(1);
  expect(matchKeys([mask], stored({ mask_token: [1, 3] })).mismatched).toHaveLength(1);
});

it('does not take one tensor for another that only ends alike', () => {
  const match = matchKeys(
    [parameter('weight', [2]), parameter('a.model.weight', [2])],
    stored({ 'a.weight': [2], 'model.a.weight': [2] }),
  );
  expect(match.missing).toEqual(['weight', 'a.model.weight']);
  expect(match.unused).toEqual(['a.weight', 'model.a.weight']);
});

it('tells the classes of the file only where the classes are what differs', () => {
  const mismatch = (expected: number[], found: number[]) => [{ key: 'k', storedKey: 'k', expected, found }];
  expect(classesOf(mismatch([20, 960], [80, 960]), 20)).toBe(80);
  expect(classesOf(mismatch([960, 20], [960, 80]), 20)).toBe(80);
  expect(classesOf(mismatch([20, 960], [80, 1280]), 20)).toBeUndefined();
  expect(classesOf(mismatch([24, 3, 3, 3], [16, 3, 3, 3]), 20)).toBeUndefined();
});

describe('what wraps a network in a file', () => {
  const parameters = ['stem.weight', 'stem.bias', 'body.0.weight', 'head.weight'].map((key) =>
    parameter(key, [2]),
  );
  const wrapped = (rename: (key: string) => string, more: Record<string, number[]> = {}) =>
    matchKeys(
      parameters,
      stored({ ...Object.fromEntries(parameters.map(({ key }) => [rename(key), [2]])), ...more }),
    );

  it.each([
    '_orig_mod.',
    'module._orig_mod.',
    '_orig_mod.module.',
    '_fsdp_wrapped_module.',
    '_forward_module.',
    '_forward_module._fsdp_wrapped_module.',
    'model_ema.',
    'ema.module.',
    'net.',
    'state_dict.model.',
    'student.encoder.',
    'my_network-',
    'a/',
  ])('is read through: %s', (prefix) => {
    const match = wrapped((key) => prefix + key, { 'optimizer.state.0.exp_avg': [2] });
    expect([...match.matched].map(([key, { storedKey }]) => [key, storedKey])).toEqual(
      parameters.map(({ key }) => [key, prefix + key]),
    );
    expect(match.unused).toEqual(['optimizer.state.0.exp_avg']);
  });

  it('is read through inside, where parts are wrapped', () => {
    const match = wrapped((key) => `module.${key.replace('.', '._orig_mod._checkpoint_wrapped_module.')}`);
    expect([match.missing, match.unused]).toEqual([[], []]);
  });

  it('is taken once, where a file has two networks', () => {
    const both = Object.fromEntries(parameters.map(({ key }) => [`teacher.${key}`, [2]]));
    const match = wrapped((key) => `student.${key}`, both);
    expect([...match.matched.values()].every(({ storedKey }) => storedKey.startsWith('student.'))).toBe(true);
    expect(match.unused).toEqual(Object.keys(both));
  });

  it('explains most of what is wanted, or is none', () => {
    const some = stored({ 'x.stem.weight': [2], 'x.stem.bias': [2], 'y.body.0.weight': [2] });
    expect(matchKeys(parameters, some).missing).toHaveLength(4);
    expect(matchKeys(parameters, some, (key) => key.startsWith('stem')).missing).toEqual([
      'body.0.weight',
      'head.weight',
    ]);
  });
});
