import { LabelVocabulary } from '@polytag/core';
import { targetsOf } from './targets-of.js';

it('has a row for each image: 1 present, 0 absent, −1 unknown', () => {
  const labels = new LabelVocabulary(['a', 'b', 'c']);
  const image = (name: string, present: number[], unknown?: number[]) => ({
    name,
    path: name,
    labels: present,
    unknown,
  });
  const images = [image('1', [0, 2, 2]), image('2', []), image('3', [1], [0, 2])];
  expect([...targetsOf({ labels, images })]).toEqual([1, 0, 1, 0, 0, 0, -1, 1, -1]);
});
