import fc from 'fast-check';
import { DataError } from '../errors/errors.js';
import { LabelVocabulary } from './label-vocabulary.js';

describe('LabelVocabulary', () => {
  it('orders strings by code unit and integers by value', () => {
    expect(new LabelVocabulary(['dog', 'Zebra', 'cat']).names).toEqual(['Zebra', 'cat', 'dog']);
    expect(new LabelVocabulary([10, 9, 100]).names).toEqual(['9', '10', '100']);
  });

  it('gives the same indices whatever the order of the list', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (names) => {
        const forward = new LabelVocabulary(names);
        const backward = new LabelVocabulary([...names].reverse());
        expect(forward.equals(backward)).toBe(true);
        names.forEach((name) => expect(forward.names[forward.indexOf(name)!]).toBe(name));
      }),
    );
  });

  it('encodes present labels as ones, repeats once, unknown ones not at all', () => {
    const labels = new LabelVocabulary(['a', 'b', 'c']);
    expect([...labels.encode(['c', 'a', 'c', 'unknown'])]).toEqual([1, 0, 1]);
    expect([...labels.encode([])]).toEqual([0, 0, 0]);
  });

  it.each([
    [[], 'data/no-classes'],
    [['a', 'b', 'a'], 'data/duplicate-class'],
    [['a', 1], 'data/mixed-classes'],
  ])('refuses %p', (classes, code) => {
    expect(() => new LabelVocabulary(classes)).toThrow(DataError);
    expect(() => new LabelVocabulary(classes)).toThrow(expect.objectContaining({ code, exitCode: 3 }));
  });
});
