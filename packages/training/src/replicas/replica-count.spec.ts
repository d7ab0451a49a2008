import { replicaCount } from './replica-count.js';

it('is what the setting says, whatever the machine', () => {
  expect([1, 2, 7].map((count) => replicaCount(count, 4))).toEqual([1, 2, 7]);
});

it('is 1 where threads cannot be started, as in these sources', () => {
  expect(replicaCount('auto', 1024)).toBe(1);
});
