import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topk, type Tensor } from '@tensorflow/tfjs-core';
import { constraints, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { defineHead, type BatchSource } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import { buildModel } from '@polytag/model';
import type { FitOptions } from '../fit/fit-options.js';
import { fit } from '../fit/fit.js';
import { colours, labels, tinyModel } from '../fit/tiny.fixture.js';
import type { MetricsSink } from '../sinks/metrics-sink.js';

beforeAll(() => useEngine('cpu'));
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'own-parts-'))));
afterEach(() => rm(folder, { recursive: true }));

async function run(changes: Partial<FitOptions> = {}) {
  const model = changes.model ?? (await tinyModel());
  try {
    return await fit({
      model,
      loss: binaryCrossEntropy(),
      train: colours('train'),
      validation: colours('val'),
      folder: join(folder, 'run'),
      seed: 1,
      settings: { epochs: 3, learningRate: 0.01, sam: false },
      ...changes,
    });
  } finally {
    model.dispose();
  }
}
const checkpoint = () => access(join(folder, 'run', 'checkpoints', 'last'));

it('refuses a head whose layers ask for what training does not do', async () => {
  const head = defineHead({
    name: 'wishing',
    options: z.strictObject({}),
    create: () => ({
      name: 'wishing',
      space: 'logits',
      apply: (map, { labels: { size } }) => {
        const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(map);
        const kernelConstraint = constraints.nonNeg();
        return layers
          .dense({ name: 'classifier', units: size, kernelConstraint })
          .apply(pooled) as SymbolicTensor;
      },
    }),
  });
  const model = await buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'wishing' },
    },
    { labels, height: 8, width: 8, parts: [head] },
  );
  await expect(run({ model })).rejects.toMatchObject({
    code: 'part/contract',
    exitCode: 8,
    message:
      'The head "wishing" uses features that training does not support: the layer "classifier" has a constraint.',
  });
  await expect(checkpoint()).rejects.toThrow();
});

describe('a sink', () => {
  const sink = (changes: Partial<MetricsSink>): MetricsSink => ({
    name: 'db',
    start: () => undefined,
    scalars: () => undefined,
    flush: async () => undefined,
    ...changes,
  });
  const down = () => { throw new Error('db down'); }; // prettier-ignore

  it('that lacks methods is refused before the run, by its name or place, with all that it lacks', async () => {
    await expect(run({ sinks: [sink({}), {} as MetricsSink] })).rejects.toMatchObject({
      code: 'part/contract',
      exitCode: 8,
      message: 'The sink "number 2" has no function start, scalars, flush.',
    });
    await expect(checkpoint()).rejects.toThrow();
  });

  it.each([
    [
      'in scalars of the second epoch',
      { scalars: (step: number) => (step > 6 ? down() : undefined) },
      'scalars',
    ],
    [
      'in a promise of scalars',
      { scalars: async (step: number) => (step > 6 ? down() : undefined) },
      'flush',
    ],
    [
      'in its third flush',
      {
        flush: (() => {
          let flushes = 0;
          return async () => (++flushes > 2 ? down() : undefined);
        })(),
      },
      'flush',
    ],
  ])('that throws %s ends the run by its name, and the last checkpoint goes on', async (_, changes, what) => {
    // prettier-ignore
    await expect(run({ sinks: [sink(changes)] })).rejects.toMatchObject({
      code: 'part/threw', exitCode: 8,
      message: expect.stringContaining(`Sink "db": ${what} failed: db down`),
    });
    await checkpoint();
    expect((await run({ resume: true, sinks: [sink({})] })).metrics).toHaveLength(3);
  });
});

it.each([
  ['inputs', NaN],
  ['inputs', Infinity],
  ['targets', NaN],
] as const)('%s that are %p are a fault of the batch source, not of the rate', async (key, value) => {
  const train = colours('train');
  const broken: BatchSource = {
    ...train,
    async *epoch(epoch, options) {
      let count = options?.fromBatch ?? 0;
      for await (const batch of train.epoch(epoch, options)) {
        if (epoch === 1 && ++count === 3) batch[key][5] = value;
        yield batch;
      }
    },
  };
  const error: unknown = await run({ train: broken }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'part/batch',
    exitCode: 8,
    message: expect.stringMatching(
      new RegExp(`batch 3 of .*the training batch source: value 6 of "${key}" is ${value}\\.$`),
    ),
    hint: expect.not.stringContaining('Lower'),
  });
  await checkpoint();
});

it('an own head of an operation without a gradient is named, and the operation', async () => {
  class Largest extends layers.Layer {
    static readonly className = 'LargestOfOwn';
    override call(inputs: Tensor | Tensor[]): Tensor {
      return topk([inputs].flat()[0], 3).values;
    }
    override computeOutputShape(): [null, number] {
      return [null, 3];
    }
  }
  const head = defineHead({
    name: 'largest',
    options: z.strictObject({}),
    create: () => ({
      name: 'largest',
      space: 'logits',
      apply: (map) => {
        const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(map);
        return { outputs: new Largest({}).apply(pooled) as SymbolicTensor, scale: 1 };
      },
    }),
  });
  const model = await buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'largest' },
    },
    { labels, height: 8, width: 8, parts: [head] },
  );
  await expect(run({ model })).rejects.toMatchObject({
    code: 'part/no-gradient',
    exitCode: 8,
    message: expect.stringMatching(/^The head "largest" cannot be differentiated: .*TopK/),
  });
});
