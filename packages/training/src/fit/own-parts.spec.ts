import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  add,
  isNaN,
  log,
  mul,
  sqrt,
  sub,
  topk,
  where,
  zerosLike,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { constraints, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { defineHead, type BatchSource } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import { buildModel } from '@polytag/model';
import type { FitOptions } from '../fit/fit-options.js';
import { fit } from '../fit/fit.js';
import { colours, labels, tinyBackbone, tinyModel } from '../fit/tiny.fixture.js';
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

/** A tiny model whose head is one layer, or several, on the pooled feature map. */
const modelWith = (name: string, logitsOf: (pooled: SymbolicTensor, map: SymbolicTensor) => unknown) =>
  buildModel(
    {
      backbone: { name: 'tiny' },
      head: { name },
    },
    {
      labels,
      height: 8,
      width: 8,
      parts: [
        tinyBackbone,
        defineHead({
          name,
          options: z.strictObject({}),
          create: () => ({
            name,
            space: 'logits',
            apply: (map) => {
              const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(map);
              return logitsOf(pooled as SymbolicTensor, map) as SymbolicTensor;
            },
          }),
        }),
      ],
    },
  );
const logits = (x: SymbolicTensor) => layers.dense({ name: 'classifier', units: labels.size }).apply(x);

/** A layer of a function: each has a class of its own. */
function layerOf(name: string, compute: (x: Tensor, training: boolean) => Tensor): layers.Layer {
  class Own extends layers.Layer {
    static readonly className = `Own_${name}`;
    override call(inputs: Tensor | Tensor[], call: { training?: boolean }): Tensor {
      return compute([inputs].flat()[0], call.training === true);
    }
    override computeOutputShape(shape: unknown): [null, number] {
      return shape as [null, number];
    }
  }
  return new Own({ name });
}

it('refuses a head whose layers ask for what training does not do', async () => {
  const model = await modelWith('wishing', (pooled) =>
    layers
      .dense({ name: 'classifier', units: labels.size, kernelConstraint: constraints.nonNeg() })
      .apply(pooled),
  );
  await expect(run({ model })).rejects.toMatchObject({
    code: 'part/contract',
    exitCode: 8,
    message: expect.stringMatching(
      /head "wishing" uses features that training does not support: the layer "classifier" has a constraint\.$/,
    ),
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

it('an own head of an operation without a gradient is named, and the layer, and the operation', async () => {
  const model = await modelWith('largest', (pooled) =>
    layerOf('top', (x) => topk(x, labels.size).values).apply(logits(pooled) as SymbolicTensor),
  );
  await expect(run({ model })).rejects.toMatchObject({
    code: 'part/no-gradient',
    exitCode: 8,
    message: expect.stringMatching(
      /^The head "largest" cannot be differentiated: .* layer "top" \(Own_top\) failed: .*TopK/,
    ),
  });
});

describe('a layer of TensorFlow.js in an own head that fails', () => {
  it.each([
    [
      'in its call',
      { scale: false, center: false },
      'part/threw',
      /^The head "norm": the layer "norm" \(BatchNormalization\) failed: /,
    ],
    [
      'in its gradient',
      { axis: 1 },
      'part/no-gradient',
      /^The head "norm" cannot be differentiated: the gradient of the layer "norm" \(BatchNormalization\) failed: /,
    ],
  ])('%s is named, with the head', async (_, options, code, message) => {
    const model = await modelWith('norm', (_pooled, map) => {
      // Rows and columns that are not as many as the channels.
      const padded = layers.zeroPadding2d({ name: 'pad', padding: [1, 1] }).apply(map);
      const normal = layers.batchNormalization({ name: 'norm', ...options }).apply(padded);
      return logits(
        layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(normal) as SymbolicTensor,
      );
    });
    await expect(run({ model })).rejects.toMatchObject({
      code,
      exitCode: 8,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('Give the layer other options'),
    });
  });
});

describe('NaN of an own part', () => {
  const nan = (x: Tensor) => log(sub(mul(x, 0), 1));
  it.each([
    ['in its outputs', (x: Tensor) => nan(x), 'the layer "odd" \\(Own_odd\\) of the head "odd" gives NaN or infinity for finite inputs'], // prettier-ignore
    ['in training alone', (x: Tensor, training: boolean) => (training ? nan(x) : x), 'the layer "odd" \\(Own_odd\\) of the head "odd" gives NaN or infinity for finite inputs'], // prettier-ignore
    ['in its gradient', (x: Tensor) => add(x, mul(sqrt(mul(x, 0)), 0)), 'the gradient of the layer "odd" \\(Own_odd\\) of the head "odd" is NaN or infinite'], // prettier-ignore
  ])('%s before any update is its fault, by layer', async (_, compute, told) => {
    const model = await modelWith('odd', (pooled) =>
      layerOf('odd', compute).apply(logits(pooled) as SymbolicTensor),
    );
    await expect(run({ model })).rejects.toMatchObject({
      code: 'part/not-finite',
      exitCode: 8,
      message: expect.stringMatching(new RegExp(`^Epoch \\d, batch \\d: ${told}\\.$`)),
      hint: expect.stringContaining('a lower learning rate does not help'),
    });
  });

  it('that a later layer swallows is found by its gradient', async () => {
    const model = await modelWith('odd', (pooled) => {
      const odd = layerOf('odd', (x) => mul(x, NaN)).apply(logits(pooled)) as SymbolicTensor;
      return layerOf('guard', (x) => where(isNaN(x), zerosLike(x), x)).apply(odd) as SymbolicTensor;
    });
    await expect(run({ model })).rejects.toMatchObject({
      code: 'part/not-finite',
      message: expect.stringContaining('the layer "odd" (Own_odd) of the head "odd" gives NaN'),
    });
  });

  it('in an evaluation alone names the part', async () => {
    const model = await modelWith('odd', (pooled) =>
      layerOf('odd', (x, training) => (training ? x : nan(x))).apply(logits(pooled) as SymbolicTensor),
    );
    await expect(run({ model })).rejects.toMatchObject({
      code: 'part/not-finite',
      exitCode: 8,
      message: expect.stringMatching(/^The model outputs NaN for every label, .* or head "odd"\.$/),
    });
  });

  it('in a loss names the loss, which has no fault on the outputs that it is tried on first', async () => {
    const own = {
      ...binaryCrossEntropy(),
      name: 'rooted',
      // NaN where an output is what the trial does not have.
      elementwise: (outputs: Tensor2D, targets: Tensor2D, scale: number) => {
        const { elementwise } = binaryCrossEntropy();
        const few = outputs.shape[0] === 4 && outputs.dataSync()[0] === -2;
        return few ? elementwise(outputs, targets, scale) : (nan(outputs) as Tensor2D);
      },
    };
    await expect(run({ loss: own })).rejects.toMatchObject({
      code: 'part/not-finite',
      exitCode: 8,
      message: 'Epoch 1, batch 1: the loss "rooted" is NaN for finite outputs.',
    });
  });
});
