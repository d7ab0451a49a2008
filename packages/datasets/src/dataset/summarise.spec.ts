import { LabelVocabulary } from '@polytag/core';
import type { LabelledDataset } from './labelled-dataset.js';
import { assertSameLabels } from '../formats/same-labels.js';
import { labelCounts } from './label-counts.js';
import { summarise } from './summarise.js';

const dataset = (
  classes: readonly string[],
  images: readonly (readonly number[])[],
  source = 'train.json',
): LabelledDataset => ({
  source,
  labels: new LabelVocabulary(classes),
  images: images.map((labels, i) => ({ name: `${i}.jpg`, path: `${i}.jpg`, labels })),
  unknownLabels: new Map(),
});

describe('summarise', () => {
  it('counts images and occurrences apart', () => {
    const summary = summarise(dataset(['a', 'b', 'c'], [[0, 0, 1], [], [0]]));
    expect(summary.labels).toEqual([
      { name: 'a', images: 2, known: 3, occurrences: 3 },
      { name: 'b', images: 1, known: 3, occurrences: 1 },
      { name: 'c', images: 0, known: 3, occurrences: 0 },
    ]);
    expect(summary.labelsPerImage).toEqual([1, 1, 1]);
    expect(summary.meanLabels).toBe(1);
    expect(summary.allNegative).toBe(1);
    expect(summary.emptyLabels).toEqual(['c']);
  });

  it('counts what is unknown, and takes no image for all-negative of which something is', () => {
    const { labels, images, ...more } = dataset(['a', 'b'], [[0], [], []]);
    const partly = images.map((image, i) => (i < 2 ? { ...image, unknown: [1] } : image));
    const summary = summarise({ ...more, labels, images: partly });
    expect(summary.labels.map(({ known }) => known)).toEqual([3, 1]);
    expect([summary.unknown, summary.allNegative, summary.labelsPerImage]).toEqual([2, 1, [2, 1]]);
    expect(labelCounts({ ...more, labels, images: partly })).toEqual({
      labels,
      positives: [1, 0],
      negatives: [2, 1],
    });
  });

  it('has no image without labels when all have some', () => {
    expect(summarise(dataset(['a', 'b'], [[0], [0, 1]])).allNegative).toBe(0);
  });
});

describe('assertSameLabels', () => {
  it('accepts the same classes in any order', () => {
    expect(() => assertSameLabels(dataset(['a', 'b'], [[0]]), dataset(['b', 'a'], [[0]]))).not.toThrow();
  });

  it('names what only one file has', () => {
    const compare = () =>
      assertSameLabels(dataset(['a', 'b'], [[0]]), dataset(['b', 'x', 'y'], [[0]], 'val.json'));
    expect(compare).toThrow('only in train.json: "a"; only in val.json: "x", "y"');
    expect(compare).toThrow(expect.objectContaining({ code: 'data/classes-differ' }));
  });
});
