import { LabelVocabulary } from '@polytag/core';
import type { DuplicatePair } from '../duplicates/find-duplicates.js';
import { duplicateGroups } from './duplicate-findings.js';

interface Given {
  readonly labels: readonly number[];
  readonly unknown?: readonly number[];
}
const dataset = (names: readonly string[], images: readonly Given[]) => ({
  source: 'all.json',
  labels: new LabelVocabulary(names),
  images: images.map((image, i) => ({ name: `${i}.jpg`, path: `${i}.jpg`, ...image })),
  unknownLabels: new Map<string, number>(),
});
const exact = (first: number, second: number): DuplicatePair => ({
  first,
  second,
  kind: 'exact',
  similarity: 1,
});
const near = (first: number, second: number, similarity: number): DuplicatePair => ({
  first,
  second,
  kind: 'near',
  similarity,
});

it('tells how the images of a group are like those before them, between files first, then with other labels', () => {
  const first = dataset(
    ['cat', 'dog'],
    [{ labels: [0] }, { labels: [0] }, { labels: [0] }, { labels: [1] }, { labels: [0] }, { labels: [] }],
  );
  const second = dataset(['cat', 'dog'], [{ labels: [0] }]);
  // 0 and 1 are one file; 2 and 3 near ones with other labels; 4 is near 6, of the second file; 5 stands alone.
  const groups = duplicateGroups([first, second], {
    group: Int32Array.of(0, 0, 2, 2, 4, 5, 4),
    pairs: [exact(0, 1), near(2, 3, 0.95), near(4, 6, 0.97)],
  });
  expect(
    groups.map(({ images, ...group }) => ({
      ...group,
      images: images.map(({ dataset: d, index, copy }) => [d, index, copy]),
    })),
  ).toEqual([
    {
      kind: 'near',
      similarity: 0.97,
      labelsThatDiffer: [],
      isBetweenFiles: true,
      images: [
        [0, 4, 'first'],
        [1, 0, 'near'],
      ],
    },
    {
      kind: 'near',
      similarity: 0.95,
      labelsThatDiffer: ['dog', 'cat'].sort(),
      isBetweenFiles: false,
      images: [
        [0, 2, 'first'],
        [0, 3, 'near'],
      ],
    },
    {
      kind: 'exact',
      similarity: 1,
      labelsThatDiffer: [],
      isBetweenFiles: false,
      images: [
        [0, 0, 'first'],
        [0, 1, 'exact'],
      ],
    },
  ]);
});

it('calls a copy of a near copy an exact one, and gives the least similarity', () => {
  const set = dataset(['cat'], [{ labels: [] }, { labels: [] }, { labels: [] }, { labels: [] }]);
  const [group] = duplicateGroups([set], {
    group: Int32Array.of(0, 0, 0, 0),
    pairs: [near(0, 1, 0.99), exact(1, 2), near(1, 3, 0.94)],
  });
  expect([group.kind, group.similarity, group.images.map(({ copy }) => copy)]).toEqual([
    'near',
    0.94,
    ['first', 'near', 'exact', 'near'],
  ]);
});

it('takes labels for different only where one image has what another is known not to have', () => {
  const differing = (one: Given, other: Given, otherNames = ['cat', 'dog']) =>
    duplicateGroups([dataset(['cat', 'dog'], [one]), dataset(otherNames, [other])], {
      group: Int32Array.of(0, 0),
      pairs: [exact(0, 1)],
    })[0].labelsThatDiffer;
  expect(differing({ labels: [0, 0] }, { labels: [0] })).toEqual([]);
  expect(differing({ labels: [0] }, { labels: [1] })).toEqual(['cat', 'dog']);
  expect(differing({ labels: [0] }, { labels: [], unknown: [0] })).toEqual([]);
  // The second file has no class "dog": index 0 is its cat.
  expect(differing({ labels: [0, 1] }, { labels: [0] }, ['cat'])).toEqual([]);
});
