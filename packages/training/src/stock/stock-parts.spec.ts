import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { defineBackbone, defineHead, HALF } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import { buildModel, loadModel, type MultiLabelModel } from '@polytag/model';
import { evaluate } from '@polytag/evaluation';
import { colours, labels } from '../fit/tiny.fixture.js';
import type { FitOptions } from '../fit/fit-options.js';
import { fit } from '../fit/fit.js';

const options = z.strictObject({ seed: z.number().default(0) });

/** Of tfjs's layers alone, and none of them has a name. */
const backbone = defineBackbone({
  name: 'stock',
  options,
  create: ({ seed }) => ({
    name: 'stock',
    featureChannels: 6,
    stride: 2,
    normalisation: HALF,
    padding: 'same',
    apply: (image) => {
      const kernelInitializer = initializers.glorotUniform({ seed });
      const map = layers
        .conv2d({ filters: 6, kernelSize: 3, padding: 'same', kernelInitializer })
        .apply(image);
      const pooled = layers.maxPooling2d({ poolSize: 2 }).apply(layers.batchNormalization().apply(map));
      return layers.prelu({ sharedAxes: [1, 2] }).apply(pooled) as SymbolicTensor;
    },
  }),
});
const head = defineHead({
  name: 'stock',
  options,
  create: ({ seed }) => ({
    name: 'stock',
    space: 'logits',
    apply: (map, { labels: { size } }) => {
      const kernelInitializer = initializers.glorotUniform({ seed });
      const wide = layers
        .depthwiseConv2d({ kernelSize: 3, depthwiseInitializer: kernelInitializer })
        .apply(map);
      const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(wide);
      const classifier = layers.dense({ units: size, kernelInitializer });
      return { outputs: classifier.apply(pooled) as SymbolicTensor, scale: 1 };
    },
  }),
});
const parts = [backbone, head];

const built = (): Promise<MultiLabelModel> => {
  const part = { name: 'stock', options: { seed: 2 } };
  return buildModel({ backbone: part, head: part }, { labels, height: 8, width: 8, parts });
};

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'stock-'))));
afterEach(() => rm(folder, { recursive: true }));

const settings = { epochs: 4, learningRate: 0.01, ema: { decay: 0.5 }, earlyStopping: false } as const;
const run = (model: MultiLabelModel, changes: Partial<FitOptions> = {}, more: object = {}) =>
  fit({
    model,
    loss: binaryCrossEntropy(),
    train: colours('train'),
    validation: colours('val'),
    folder: join(folder, 'run'),
    seed: 1,
    settings: { ...settings, ...more },
    ...changes,
  });
const scoreOf = async (model: MultiLabelModel) => (await evaluate(model, colours('val'))).mAP;

it.each([
  ['plain', {}],
  ['SAM and micro-batches', { sam: { rho: 0.05 }, microBatch: 2 }],
  ['a frozen backbone at first', { freezeEpochs: 2 }],
])('learn on wasm what they learn on cpu, and load as they were evaluated: %s', async (_, more) => {
  const seen: { losses: (number | null)[]; scores: (number | undefined)[] }[] = [];
  for (const engine of ['cpu', 'wasm'] as const) {
    await useEngine(engine);
    const model = await built();
    const { metrics, best, bestFolder } = await run(model, { folder: join(folder, engine) }, more);
    seen.push({
      losses: metrics.map(({ loss }) => loss),
      scores: metrics.flatMap(({ mAP, mAPEma }) => [mAP, mAPEma]),
    });
    const loaded = await loadModel(bestFolder, { parts });
    expect(await scoreOf(loaded)).toBe(best!.mAP);
    [model, loaded].forEach((each) => each.dispose());
  }
  const [cpu, wasm] = seen;
  expect(wasm.losses[3]).toBeLessThan(wasm.losses[0]!);
  wasm.losses.forEach((loss, i) => expect(loss).toBeCloseTo(cpu.losses[i]!, 3));
  wasm.scores.forEach((score, i) => expect(score).toBeCloseTo(cpu.scores[i]!, 2));
});

it('go on from a checkpoint as if they had never stopped', async () => {
  await useEngine('wasm');
  const model = await built();
  const whole = await run(model, { folder: join(folder, 'whole') });
  const stop = new AbortController();
  const report: FitOptions['report'] = (event) => {
    if (event.kind === 'step' && event.step === 7) stop.abort();
  };
  await expect(run(await built(), { signal: stop.signal, report })).rejects.toMatchObject({ exitCode: 130 });
  const again = await built();
  const resumed = await run(again, { resume: true });
  expect(resumed.metrics.map(({ loss, mAP, mAPEma }) => [loss, mAP, mAPEma])).toEqual(
    whole.metrics.map(({ loss, mAP, mAPEma }) => [loss, mAP, mAPEma]),
  );
});

it.each(['cpu', 'wasm'] as const)(
  'stay as they are when they are frozen, batch norms too: %s',
  async (engine) => {
    await useEngine(engine);
    const model = await built();
    const own = (key: string) => model.isBackboneKey(key);
    const before = await exportParameters(model.parameters);
    await run(model, {}, { epochs: 2, freeze: ['backbone'], ema: false });
    const after = await exportParameters(model.parameters);
    expect([...before.keys()].filter(own)).toContain('batch_normalization_1.moving_variance');
    for (const [key, { data }] of before)
      expect([key, after.get(key)!.data.every((value, i) => value === data[i])]).toEqual([key, own(key)]);
  },
);
