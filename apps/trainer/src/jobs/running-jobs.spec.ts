import { runningJobs } from './running-jobs.js';

it('says in words how each job stands', () => {
  const jobs = [
    { name: 'trial 1', state: 'running', done: 12, total: 40, unit: 'steps' },
    { name: 'trial 2', state: 'running' },
    { name: 'trial 3', state: 'running', done: 7 },
    { name: 'trial 4', state: 'waiting' },
    { name: 'trial 5', state: 'published', done: 40, total: 40, unit: 'steps' },
  ] as const;
  expect(runningJobs(jobs)).toBe(
    'trial 1: 12 of 40 steps; trial 2: starting; trial 3: 7; trial 4: waiting; trial 5: finished',
  );
});
