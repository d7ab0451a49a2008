import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import { colours, tinyModel } from './fit/tiny.fixture.js';
import { fit } from './index.js';

it('runs the example of the README', async () => {
  await useEngine('cpu');
  const folder = await mkdtemp(join(tmpdir(), 'polytag-example-'));
  const [model, train, validation] = [await tinyModel(), colours('train'), colours('val')];

  const stop = new AbortController(); // process.once('SIGINT', () => stop.abort());
  const scores: number[] = [];
  const { best, bestFolder } = await fit({
    model,
    loss: binaryCrossEntropy(),
    train,
    validation,
    settings: { epochs: 2, learningRate: 0.02, ema: { decay: 0.8 } },
    folder,
    seed: 3,
    signal: stop.signal,
    report: (event) => {
      if (event.kind === 'evaluated') scores.push(event.best.mAP);
    },
  });

  expect(scores).toHaveLength(2);
  expect(best!.mAP).toBe(scores[1]);
  expect(bestFolder).toBe(join(folder, 'best'));
  await rm(folder, { recursive: true });
});
