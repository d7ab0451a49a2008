import { LabelVocabulary } from '@polytag/core';
import { batchPlan } from './batch-plan.js';

it('gives 1 for labels that are there, 0 for those that are not, -1 for those that are unknown', () => {
  const images = [
    { name: '0', path: '0', labels: [1, 1], unknown: [2] },
    { name: '1', path: '1', labels: [], unknown: [0, 1, 2] },
    { name: '2', path: '2', labels: [0] },
  ];
  const dataset = {
    source: 'x',
    labels: new LabelVocabulary(['a', 'b', 'c']),
    images,
    unknownLabels: new Map(),
  };
  const plan = batchPlan(dataset, { batchSize: 3 });
  expect([...plan.targetsOf(Uint32Array.of(2, 0, 1))]).toEqual([1, 0, 0, 0, 1, -1, -1, -1, -1]);
});
