import { hostname } from 'node:os';
import { lockRun, MetricsLog, readSearch } from '@polytag/training';
import type { FuzzedReader } from '../reader.js';

const lines = [1, 2, 3].map((epoch) =>
  JSON.stringify({
    epoch,
    step: 2 * epoch,
    loss: 1 / epoch,
    learningRate: 0.01,
    mAP: 0.5,
    secondsTrain: 1,
    imagesPerSecond: 8,
  }),
);

/** The number of no process: those of Linux end before it. */
const DEAD = 2 ** 30;

export const RUN_FOLDERS: readonly FuzzedReader[] = [
  {
    name: 'metrics log',
    files: { 'metrics.jsonl': `${lines.join('\n')}\n` },
    read: async (folder) => {
      const log = new MetricsLog(folder);
      await log.truncate(2);
      if (log.lines.some(({ epoch }) => !(epoch <= 2))) throw new Error('a line of a later epoch is left');
    },
  },
  {
    name: 'run lock',
    files: {
      'run.lock': JSON.stringify({ host: hostname(), pid: DEAD, since: '2026-01-01T00:00:00Z', token: 'a' }),
    },
    read: async (folder) => (await lockRun(folder))(),
  },
  {
    name: 'search file',
    files: {
      'search.json': JSON.stringify({
        version: 1,
        identity: { seed: 1 },
        trials: [{ number: 1, learningRate: 0.01, state: 'complete', scores: [0.1, 0.2] }],
        points: [{ learningRate: 0.01, loss: 1, smoothed: 1 }],
        learningRate: 0.01,
      }),
    },
    read: async (folder) => {
      const found = await readSearch(folder);
      found?.trials.forEach(({ scores }) => scores.map((score) => score.toFixed(2)));
      found?.points?.forEach(({ learningRate }) => learningRate.toFixed(2));
    },
  },
];
