import { quietConvolutions } from './choose-convolutions.js';

const found = [
  { name: 'loud', noise: 0.4 },
  { name: 'quiet', noise: 0.001 },
  { name: 'middle', noise: 0.01 },
];

it.each([
  [0, []],
  [0.001, ['quiet']],
  [0.0109, ['quiet']],
  [0.0111, ['quiet', 'middle']],
  [1, ['quiet', 'middle', 'loud']],
])('takes the quietest whose noises add up to at most %d', (limit, names) => {
  expect([...quietConvolutions(found, limit)]).toEqual(names);
});

it('leaves out one whose scores are no numbers', () => {
  const broken = [...found, { name: 'broken', noise: NaN }];
  expect([...quietConvolutions(broken, 1)]).toEqual(['quiet', 'middle', 'loud']);
});
