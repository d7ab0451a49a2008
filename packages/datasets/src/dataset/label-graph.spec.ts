import { LabelVocabulary } from '@polytag/core';
import { labelGraph, oneHotWordVectors } from './label-graph.js';

const dataset = (classes: readonly string[], images: readonly (readonly number[])[]) => ({
  labels: new LabelVocabulary(classes),
  images: images.map((labels) => ({ name: '', path: '', labels })),
});

describe('labelGraph', () => {
  it('divides images with both by occurrences, repeats included', () => {
    // a stands in 2 images, 3 times; b in 2 images, twice; both in 1.
    const { cooccurrence } = labelGraph(dataset(['a', 'b', 'c'], [[0, 0, 1], [0], [1]]));
    expect([cooccurrence.rows, cooccurrence.columns]).toEqual([3, 3]);
    expect([...cooccurrence.values]).toEqual([0, 1 / 3, 0, 1 / 2, 0, 0, 0, 0, 0].map(Math.fround));
  });

  it('counts an image once however often it repeats both labels', () => {
    const { cooccurrence } = labelGraph(dataset(['a', 'b'], [[0, 1, 0, 1]]));
    expect([...cooccurrence.values]).toEqual([0, 0.5, 0.5, 0]);
  });

  it('gives a label that never occurs a row of zeros', () => {
    const { values } = labelGraph(dataset(['a', 'b', 'c'], [[0, 1]])).cooccurrence;
    expect([...values.subarray(6, 9)]).toEqual([0, 0, 0]);
  });

  it('has one-hot word vectors unless others are given', () => {
    const data = dataset(['a', 'b'], [[0]]);
    expect([...labelGraph(data).wordVectors.values]).toEqual([1, 0, 0, 1]);
    expect(oneHotWordVectors(data.labels)).toEqual(labelGraph(data).wordVectors);
    const vectors = { rows: 2, columns: 3, values: new Float32Array(6) };
    expect(labelGraph(data, vectors).wordVectors).toBe(vectors);
  });
});
