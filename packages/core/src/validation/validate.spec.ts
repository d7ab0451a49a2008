import * as z from 'zod';
import { UsageError } from '../errors/errors.js';
import { nearest } from './nearest.js';
import { plainIssue } from './plain-issue.js';
import { validate } from './validate.js';

const schema = z.strictObject({
  training: z.strictObject({ epochs: z.int().positive().default(10), learningRate: z.number() }).optional(),
  head: z.union([z.strictObject({ name: z.string() }), z.strictObject({ module: z.string() })]).optional(),
});

const message = (value: unknown): string => {
  try {
    validate(schema, value, { source: 'a.yaml' });
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return `${(error as UsageError).message} ${(error as UsageError).hint ?? ''}`;
  }
  throw new Error('was accepted');
};

it('names a key of another form of the value, and what the forms are', () => {
  expect(message({ head: { name: 'linear', module: './head.mjs' } })).toBe(
    'a.yaml: "head.module" cannot be combined with the other keys here. Keep the keys of one form: name; or module.',
  );
});

it('returns the value with its defaults', () => {
  expect(validate(schema, { training: { learningRate: 1 } }, { source: 'a.yaml' })).toEqual({
    training: { learningRate: 1, epochs: 10 },
  });
});

it('names an unknown key, its path and the nearest valid key', () => {
  expect(message({ training: { learningrate: 1 } })).toContain('learningRate');
  expect(message({ training: { epoch: 3, learningRate: 1 } })).toBe(
    'a.yaml: unknown key "training.epoch". Did you mean "training.epochs"?',
  );
  expect(message({ head: { nam: 'x' } })).toContain('head');
});

it('names a missing or wrong value', () => {
  expect(message({ training: {} })).toContain('"training.learningRate" is missing');
  expect(message({ training: { learningRate: 'fast' } })).toContain('"training.learningRate" is "fast"');
});

it('finds the nearest word only when it is near', () => {
  expect(nearest('epcohs', ['epochs', 'seed'])).toBe('epochs');
  expect(nearest('zzzzzz', ['epochs', 'seed'])).toBeUndefined();
});

it('quotes at most a line of a value or key', () => {
  expect(message({ training: { learningRate: 'x'.repeat(1e7) } }).length).toBeLessThan(400);
  expect(message({ ['k'.repeat(1e7)]: 1 }).length).toBeLessThan(400);
  expect(message({ 'a\nerror: b': 1 })).toContain('"a\\nerror: b"');
});

it('says how a number becomes the text that is wanted', () => {
  expect(message({ head: { name: 123456e1 } })).toContain('put it in quotes: "1234560"');
});

it('says that a space is missing after the colon of what became one word', () => {
  expect(message({ training: 'epochs:5' })).toContain('Write a space after the colon: epochs: 5.');
  for (const text of ['epochs', 'https://example.org/a', 'c:\\a'])
    expect(message({ training: text })).not.toContain('colon');
});

it('takes the keys that every object has for unknown ones', () => {
  const given: unknown = JSON.parse(
    '{"training": {"learningRate": 1, "constructor": {"prototype": {"a": 1}}}}',
  );
  expect(message(given)).toContain('unknown key "training.constructor"');
  expect(message(JSON.parse('{"__proto__": {"training": 1}}'))).toContain('__proto__');
});

describe('several faults', () => {
  it('are told at once, each with its path, its value and the nearest key', () => {
    const told = message({ training: { epoch: 3, epochs: 0, learningRate: 'fast' }, hed: {} });
    expect(told).toBe(
      'a.yaml: 4 errors: "training.epochs" is 0: Too small: expected number to be >0; ' +
        '"training.learningRate" is "fast": expected number; ' +
        'unknown key "training.epoch" (did you mean "training.epochs"?); unknown key "hed" (did you mean "head"?). ',
    );
    expect(message({ zzzzzzz: 1, hed: {} })).toContain('Valid keys here: training, head.');
  });

  it('of a union are those of the branch that was meant', () => {
    expect(message({ head: { module: './a.js', optoins: {}, opt: 1 } })).toBe(
      'a.yaml: 2 errors: unknown key "head.optoins"; unknown key "head.opt". Valid keys here: name, module.',
    );
    expect(message({ head: { module: './a.js', optoins: {} } })).not.toContain('name" is missing');
  });

  it.each([
    [{ scale: 'lage' }, '"scale" is "lage": expected "small" or "large" or number or object.'],
    [{ scale: -1 }, '"scale" is -1: Too small: expected number to be >0.'],
  ])('of a union say what it takes: %j', (value, told) => {
    const sizes = z.union([z.enum(['small', 'large']), z.number().positive(), z.strictObject({})]);
    const check = () => validate(z.strictObject({ scale: sizes }), value, { source: 'a.yaml' });
    expect(check).toThrow(`a.yaml: ${told}`);
  });

  it('stay a few lines however many they are', () => {
    const many = Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [`${'k'.repeat(200)}${i}`, 1]));
    const told = message(many);
    expect(told).toContain('a.yaml: 10000 errors: ');
    expect(told).toContain('; and 9992 more.');
    expect(told.length).toBeLessThan(2500);
  });
});

it('shows values that JSON does not have', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const [given, shown] of [
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [1n, 'a bigint'],
    [cyclic, 'an object'],
    [() => 1, 'a function'],
  ] as const)
    // prettier-ignore
    expect(message({ training: { learningRate: given } })).toContain(`"training.learningRate" is ${shown}: `);
});

it('tells what a schema says in plain words', () => {
  const schema = z.object({ classes: z.array(z.string()), split: z.enum(['train', 'val']) });
  const { error } = schema.safeParse({ split: 3 });
  expect(error?.issues.map(({ message }) => plainIssue(message))).toEqual([
    'expected array, but it is missing',
    'expected one of "train"|"val"',
  ]);
  expect(plainIssue(z.string().safeParse(5).error!.issues[0].message)).toBe('expected string, not number');
});
