import * as z from 'zod';
import { UsageError } from '../errors/errors.js';
import { nearest } from './nearest.js';
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

it('takes the keys that every object has for unknown ones', () => {
  const given: unknown = JSON.parse(
    '{"training": {"learningRate": 1, "constructor": {"prototype": {"a": 1}}}}',
  );
  expect(message(given)).toContain('unknown key "training.constructor"');
  expect(message(JSON.parse('{"__proto__": {"training": 1}}'))).toContain('__proto__');
});
