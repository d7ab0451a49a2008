import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import { fit } from '../fit/fit.js';
import { colours, tinyModel } from '../fit/tiny.fixture.js';
import type { MetricsSink } from './metrics-sink.js';

type Told = ['start', number] | ['scalars', number, Readonly<Record<string, number>>] | ['flush'];

function listener(told: Told[]): MetricsSink {
  return {
    start: (step) => void told.push(['start', step]),
    scalars: (step, values) => void told.push(['scalars', step, values]),
    flush: async () => void told.push(['flush']),
  };
}

describe('the sinks of a run', () => {
  let folder: string;
  beforeAll(() => useEngine('cpu'));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polytag-sinks-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function train(told: Told[], more: { resume?: boolean; broken?: boolean } = {}) {
    const model = await tinyModel();
    const { resume, broken } = more;
    try {
      return await fit({
        ...{
          model,
          loss: binaryCrossEntropy(),
          train: colours('train', { broken }),
          validation: colours('val'),
        },
        folder: join(folder, 'run'),
        seed: 3,
        sinks: [listener(told)],
        resume,
        settings: { epochs: 2, learningRate: 0.02, sam: false },
      });
    } finally {
      model.dispose();
    }
  }

  it('hear of every step and evaluation, and are flushed after each checkpoint', async () => {
    const told: Told[] = [];
    const { metrics } = await train(told);
    const steps = told.filter((entry) => entry[0] === 'scalars' && 'train/loss' in entry[2]);
    expect(steps.map(([, step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const scores = told.filter((entry) => entry[0] === 'scalars' && 'val/mAP' in entry[2]);
    expect(scores).toEqual(
      metrics.map(({ step, mAP, mAPEma }) => ['scalars', step, { 'val/mAP': mAP, 'val/mAP-ema': mAPEma }]),
    );
    expect(told.filter(([kind]) => kind === 'flush')).toHaveLength(3);
    expect(told.at(-1)).toEqual(['flush']);
  });

  it('are flushed when the run fails, and told where a resumed one goes on', async () => {
    const told: Told[] = [];
    await expect(train(told, { broken: true })).rejects.toThrow('diverged');
    expect(told[0]).toEqual(['start', 0]);
    expect(told.at(-1)).toEqual(['flush']);
    const again: Told[] = [];
    await train(again, { resume: true });
    expect(again[0]).toEqual(['start', 5]);
    expect(again[1].slice(0, 2)).toEqual(['scalars', 6]);
  });
});
