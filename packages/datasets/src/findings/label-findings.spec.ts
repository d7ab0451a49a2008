import { LabelVocabulary } from '@polytag/core';
import { labelFindings } from './label-findings.js';

const dataset = (labelsOf: readonly (readonly number[])[], names: readonly string[]) => ({
  source: 'all.json',
  labels: new LabelVocabulary(names),
  images: labelsOf.map((labels, i) => ({ name: `${i}.jpg`, path: `${i}.jpg`, labels })),
  unknownLabels: new Map<string, number>(),
});

it('finds labels with few images, those that the same images have, and look-alikes', () => {
  // a has ten images; b and c are on the same two, c twice on one of them; d and e on the same one; f on none.
  const labelsOf = Array.from({ length: 10 }, (_, i) => [
    0,
    ...(i < 2 ? [1, 2, ...(i ? [2] : [])] : []),
    ...(i === 5 ? [3, 4] : []),
  ]);
  expect(labelFindings(dataset(labelsOf, ['a', 'b', 'c', 'd', 'e', 'f']))).toEqual({
    rare: [
      { label: 'd', images: 1 },
      { label: 'e', images: 1 },
      { label: 'b', images: 2 },
      { label: 'c', images: 2 },
    ],
    alwaysTogether: [{ labels: ['b', 'c'], images: 2 }],
    lookAlikes: [],
  });
  expect(labelFindings(dataset([[0]], ['Cat', 'cat ', 'dog'])).lookAlikes).toEqual([['Cat', 'cat ']]);
});
