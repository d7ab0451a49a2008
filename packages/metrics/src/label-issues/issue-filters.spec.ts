import fc from 'fast-check';
import { ISSUE_FILTERS, issuesOf } from './issue-filters.js';
import { column, entries, labelOf } from './label-issues.fixture.js';

const count = (flags: Uint8Array) => flags.filter(Boolean).length;

describe('issuesOf', () => {
  it.each(ISSUE_FILTERS)('finds what stands out, missing and extra (%s)', (filter) => {
    const present = [0.9, 0.8, 0.95, 0.05];
    const absent = [0.1, 0.2, 0.05, 0.99, 0.1, 0.15];
    const flags = issuesOf(labelOf(column(present, absent)), filter);
    expect([...flags]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
  });

  it.each(ISSUE_FILTERS)('flags nothing of a label that all or no images have (%s)', (filter) => {
    expect(count(issuesOf(labelOf(column([], [0.9, 0.1])), filter))).toBe(0);
    expect(count(issuesOf(labelOf(column([0.9, 0.1], [])), filter))).toBe(0);
  });

  it.each(ISSUE_FILTERS)('takes no notice of images for which the label is unknown (%s)', (filter) => {
    fc.assert(
      fc.property(entries([0, 1, -1]), (given) => {
        const known = given.filter(({ target }) => target >= 0);
        expect(issuesOf(labelOf(given), filter)).toEqual(issuesOf(labelOf(known), filter));
      }),
    );
  });

  it('never flags what the prediction agrees with', () => {
    const filters = ISSUE_FILTERS.filter((filter) => !filter.startsWith('low-'));
    fc.assert(
      fc.property(entries(), fc.constantFrom(...filters), (given, filter) => {
        issuesOf(labelOf(given), filter).forEach((flag, i) => {
          const { target, score } = given[i];
          if ((target === 1) === score >= 0.5 || score === 0.5) expect(flag).toBe(0);
        });
      }),
    );
  });

  it('prunes the same by class as by noise rate, with two classes and all noise', () => {
    // With equal probabilities both take the earlier image.
    fc.assert(
      fc.property(entries(), (given) => {
        const byRate = issuesOf(labelOf(given), 'prune-by-noise-rate');
        expect(issuesOf(labelOf(given), 'prune-by-class')).toEqual(byRate);
        expect(issuesOf(labelOf(given), 'both')).toEqual(byRate);
      }),
    );
  });

  it('looks for fewer with a smaller share of the noise, and leaves small groups alone', () => {
    const given = labelOf(column([0.1, 0.05, 0.1, 0.9, 0.9, 0.9, 0.8], Array(20).fill(0.1)));
    const flags = (options: object) => [...issuesOf(given, 'prune-by-noise-rate', options).slice(0, 3)];
    expect(flags({})).toEqual([1, 1, 1]);
    expect(flags({ fracNoise: 0.7 })).toEqual([1, 1, 0]);
    expect(flags({ fracNoise: 0 })).toEqual([0, 0, 0]);
    expect(flags({ minExamples: 7 })).toEqual([0, 0, 0]);
  });

  it('flags as many by the lowest scores as are off the diagonal of the confident joint', () => {
    fc.assert(
      fc.property(entries(), (given) => {
        const label = labelOf(given);
        const flags = issuesOf(label, 'low-self-confidence');
        expect(count(flags)).toBe(count(issuesOf(label, 'confident-learning')));
        expect(issuesOf(label, 'low-normalized-margin')).toEqual(flags);
      }),
    );
  });
});
