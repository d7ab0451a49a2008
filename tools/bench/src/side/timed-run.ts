import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchSource } from '@polytag/core';
import { openLoader, readLabelFile } from '@polytag/datasets';
import { engineMemory, useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import type { MultiLabelModel } from '@polytag/model';
import { fit } from '@polytag/training';
import { median } from '../median.js';
import { benchModel } from './bench-model.js';
import { randomBatch } from './random-batch.js';
import { WARM_UP, type Work } from './work.js';

export interface TimedRun {
  /** Median of the steps, from one to the next: waiting for the batch, gradients of all replicas, update. */
  readonly msPerStep: number;
  /** Size of the first replica's wasm heap at the end, MB. */
  readonly heapMegabytes: number;
}

/**
 * Trains with `fit` on so many replicas, by the optimiser and loss of the other measurements.
 *
 * @param data a label file whose images are decoded while the run goes; default: one random batch again and again
 */
export async function timeRun(work: Work, replicas: number, data?: string): Promise<TimedRun> {
  await useEngine('wasm');
  const folder = await mkdtemp(join(tmpdir(), 'polytag-bench-run-'));
  const steps = WARM_UP + work.steps;
  const model = await benchModel(work);
  const train = data === undefined ? repeated(work, model, steps) : await decoded(work, model, data, steps);
  const ends: number[] = [];
  try {
    await fit({
      model,
      train,
      folder,
      seed: 0,
      loss: binaryCrossEntropy(),
      replica: { module: new URL('./bench-model.js', import.meta.url), data: { ...work } },
      settings: {
        replicas,
        epochs: 1,
        reduction: 'mean',
        learningRate: 1e-3,
        sam: false,
        ema: false,
        ...{
          optimiser: { name: 'adamw' },
          weightDecay: 0,
          noBiasDecay: false,
          schedule: { name: 'constant' },
        },
      },
      report: ({ kind }) => {
        if (kind === 'step') ends.push(performance.now());
      },
    });
  } finally {
    await train.close();
    model.dispose();
    await rm(folder, { recursive: true, force: true });
  }
  const times = ends.slice(WARM_UP).map((end, i) => end - ends[WARM_UP + i - 1]);
  return {
    msPerStep: median(times),
    heapMegabytes: Math.round(engineMemory().heapBytes / 2 ** 20),
  };
}

function repeated(work: Work, { labels }: MultiLabelModel, steps: number): BatchSource {
  const batch = randomBatch(work);
  return {
    labels,
    kind: 'images',
    size: steps * work.batch,
    batchesPerEpoch: steps,
    close: async () => {},
    async *epoch() {
      for (let step = 0; step < steps; step++) yield batch;
    },
  };
}

/** The images of a label file, over and over and never from a cache, under the bench's labels. */
async function decoded(
  { batch }: Work,
  { labels, preprocessing }: MultiLabelModel,
  file: string,
  steps: number,
): Promise<BatchSource> {
  const { images, ...rest } = await readLabelFile(file);
  const needed = Array.from({ length: steps * batch }, (_, i) => ({
    ...images[i % images.length],
    labels: [],
  }));
  return openLoader({ ...rest, labels, images: needed }, { preprocessing, batchSize: batch, cacheBytes: 0 });
}
