import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { parseSafetensors } from '@polytag/checkpoints';
import type { EpochMetrics } from '../run-folder/metrics-log.js';

// Whole runs, in processes of their own.
jest.setTimeout(120_000);

/** Threads run built code, so these tests start processes with the built packages. */
const built = (name: string) => new URL(`../../../${name}/dist/index.js`, import.meta.url).href;
const isBuilt = ['training', 'model', 'losses', 'layers', 'core', 'engine'].every((name) =>
  existsSync(fileURLToPath(built(name))),
);
if (!isBuilt)
  process.stdout.write('replicas on threads are not tested: the packages are not built (npm run build)\n');

/** Convolutions with batch norm, one of them by channel: what takes long in a larger backbone is loading and building it. */
const BACKBONE = `
import * as z from 'zod';
import { defineBackbone, UNIT } from '${built('core')}';
import { BatchNorm, Convolution2D, DepthwiseConvolution2D } from '${built('layers')}';
export default defineBackbone({
  name: 'small',
  options: z.strictObject({ seed: z.number().default(0) }),
  create: ({ seed }) => ({
    name: 'small', featureChannels: 16, stride: 4, normalisation: UNIT, padding: 'symmetric',
    apply: (image) => {
      const first = new Convolution2D({ name: 'first', filters: 8, kernelSize: 3, stride: 2, seed }).apply(image);
      const normed = new BatchNorm({ name: 'first_bn', activation: 'relu' }).apply(first);
      const wide = new DepthwiseConvolution2D({ name: 'second', kernelSize: 3, stride: 2, seed }).apply(normed);
      const mixed = new Convolution2D({ name: 'third', filters: 16, kernelSize: 1, seed }).apply(wide);
      return new BatchNorm({ name: 'third_bn', activation: 'relu' }).apply(mixed);
    },
  }),
});
`;

/** Of tfjs's own layers alone, and none has a name: no batch norm, so that replicas compute the sums of one process. */
const STOCK_HEAD = `
import { initializers, layers } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { defineHead } from '${built('core')}';
export default defineHead({
  name: 'stock',
  options: z.strictObject({ seed: z.number().default(0) }),
  create: ({ seed }) => ({
    name: 'stock', space: 'logits',
    apply: (map, { labels }) => {
      const kernelInitializer = initializers.glorotUniform({ seed });
      const depthwise = { kernelSize: 3, padding: 'same', depthwiseInitializer: kernelInitializer };
      const wide = layers.depthwiseConv2d(depthwise).apply(map);
      const mixed = layers.conv2d({ filters: 8, kernelSize: 1, activation: 'relu', kernelInitializer }).apply(wide);
      const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(mixed);
      const normed = layers.layerNormalization().apply(pooled);
      return { outputs: layers.dense({ units: labels.size, kernelInitializer }).apply(normed), scale: 1 };
    },
  }),
});
`;

/** Builds the model of both sides; a thread ends itself in the loss of its pass number `dieAt`. */
const REPLICA = `
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { LabelVocabulary } from '${built('core')}';
import { binaryCrossEntropy } from '${built('losses')}';
import { buildModel } from '${built('model')}';
export const labels = new LabelVocabulary(['a', 'b', 'c']);
export default async function build({ dieAt, own } = {}) {
  const model = await buildModel(
    {
      backbone: { module: './backbone.mjs' },
      head: own ? { module: './head.mjs' } : { name: 'ml-decoder', options: { embedding: 32 } },
    },
    { labels, height: 32, width: 32, seed: 3, baseFolder: fileURLToPath(new URL('.', import.meta.url)) },
  );
  const loss = binaryCrossEntropy();
  if (isMainThread || !dieAt) return { model, loss };
  let passes = 0;
  const elementwise = (...given) => {
    if (++passes === dieAt) process.exit(9);
    return loss.elementwise(...given);
  };
  return { model, loss: { ...loss, elementwise } };
}
`;

const PROGRAM = `
import { RandomStream } from '${built('core')}';
import { engineMemory, useEngine } from '${built('engine')}';
import { saveModel } from '${built('model')}';
import { fit } from '${built('training')}';
import build, { labels } from './replica.mjs';
await useEngine('wasm');
const source = {
  labels, kind: 'images', size: 10, batchesPerEpoch: 2, close: async () => {},
  async *epoch(epoch, { fromBatch = 0 } = {}) {
    for (let b = fromBatch; b < 2; b++) {
      const random = new RandomStream(epoch, 'batch/' + b);
      yield {
        inputs: Float32Array.from({ length: 5 * 32 * 32 * 3 }, () => random.normal()),
        shape: [5, 32, 32, 3],
        targets: Float32Array.from({ length: 5 * 3 }, () => random.integer(2)),
        indices: Uint32Array.from([0, 1, 2, 3, 4]),
      };
    }
  },
};
async function run({ folder, replicas, dieAt, stopAt, resume, uncloneable, own, settings, untrained }) {
  const { model, loss } = await build({ own });
  if (untrained) {
    await saveModel(model, folder);
    return model.dispose();
  }
  const stop = new AbortController();
  let failure;
  const tensors = engineMemory().tensors;
  try {
    await fit({
      model, loss, train: source, validation: source, folder, seed: 3, resume, signal: stop.signal,
      replica: { module: new URL('./replica.mjs', import.meta.url), data: uncloneable ? build : { dieAt, own } },
      settings: { epochs: 2, learningRate: 0.01, ema: { decay: 0.8 }, keepEvery: 1, replicas, ...settings },
      report: (event) => { if (event.kind === 'step' && event.step === stopAt) stop.abort(); },
    });
  } catch ({ name, code, exitCode, message, hint }) {
    failure = { name, code, exitCode, message, hint };
  }
  const left = engineMemory().tensors - tensors;
  model.dispose();
  return { failure, tensors: left };
}
const outcomes = [];
for (const options of JSON.parse(process.argv[2])) outcomes.push(await run(options));
console.log(JSON.stringify(outcomes));
`;

interface Outcome {
  readonly failure?: { name: string; code: string; exitCode: number; message: string; hint: string };
  /** Tensors that the run left. */
  readonly tensors: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-replicas-'));
  await writeFile(join(folder, 'replica.mjs'), REPLICA);
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
  await writeFile(join(folder, 'backbone.mjs'), BACKBONE);
  await writeFile(join(folder, 'head.mjs'), STOCK_HEAD);
  // Packages that they import are those of the repository.
  await symlink(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(folder, 'node_modules'), 'junction'); // prettier-ignore
});
afterAll(() => rm(folder, { recursive: true }));

/** One run after another in a new process: its start costs more than a run. */
function runAll(runs: readonly (readonly [name: string, options: object])[]): Promise<Outcome[]> {
  const given = runs.map(([name, options]) => ({ folder: join(folder, name), replicas: 2, ...options }));
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(folder, 'program.mjs'), JSON.stringify(given)],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr, { cause: error }));
        else resolve(JSON.parse(stdout) as Outcome[]);
      },
    );
  });
}

/** All files of a run, less the clock. */
async function traces(name: string) {
  const text = await readFile(join(folder, name, 'metrics.jsonl'), 'utf8');
  const bytes = async (file: string) => (await readFile(join(folder, name, file))).toString('base64');
  return {
    metrics: text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { epoch, step, loss, mAP, mAPEma, best } = JSON.parse(line) as EpochMetrics;
        return { epoch, step, loss, mAP, mAPEma, best };
      }),
    weights: await bytes('checkpoints/last/weights.safetensors'),
    ema: await bytes('checkpoints/last/ema.safetensors'),
    optimiser: await bytes('checkpoints/last/optimiser.safetensors'),
    best: await bytes('best/model.safetensors'),
  };
}

/** Tensors of a file of a run. */
async function tensors(name: string, file = 'checkpoints/last/weights.safetensors') {
  const stored = parseSafetensors(await readFile(join(folder, name, file)), { source: file }).tensors;
  return new Map([...stored].map(([key, { data }]) => [key, data as Float32Array]));
}

/** The largest difference between two models, over the largest value; of the parameters that `of` chooses. */
function distance(
  one: ReadonlyMap<string, Float32Array>,
  two: ReadonlyMap<string, Float32Array>,
  of: (key: string) => boolean = () => true,
): number {
  let [difference, largest] = [0, 0];
  for (const [key, values] of one) {
    if (!of(key)) continue;
    values.forEach((value, i) => {
      difference = Math.max(difference, Math.abs(value - two.get(key)![i]));
      largest = Math.max(largest, Math.abs(value));
    });
  }
  return difference / largest;
}

const ofHead = (key: string) => key.startsWith('decoder.');
const ofBackbone = (key: string) => !ofHead(key);

/** Of the first epoch the backbone is frozen. */
const settings = { freezeEpochs: 1, rateFactors: { backbone: 0.1 } };

(isBuilt ? describe : describe.skip)('a run with replicas on threads', () => {
  let [straight, stopped, killed, uncloneable]: Outcome[] = [];
  // What an unknown process goes on with.
  let [other, ...resumed]: Outcome[] = [];
  beforeAll(async () => {
    [straight, stopped, killed, uncloneable] = await runAll([
      ['straight', { settings }],
      ['stopped', { settings, stopAt: 1 }],
      // An epoch has two steps of two passes: it dies in the last pass of the third step.
      ['killed', { settings, dieAt: 6 }],
      ['uncloneable', { uncloneable: true }],
      ['one', { settings, replicas: 1 }],
    ]);
    await cp(join(folder, 'killed/metrics.jsonl'), join(folder, 'killed.jsonl'));
    const [frozen, own] = [{ freeze: ['backbone'] }, { freeze: ['backbone'], learningRate: 0.1 }];
    [other, ...resumed] = await runAll([
      ['straight', { settings, resume: true, replicas: 3 }],
      ['stopped', { settings, resume: true }],
      ['killed', { settings, resume: true }],
      ['frozen-two', { settings: { ...frozen, rateFactors: { head: 0.5 } } }],
      ['frozen-one', { settings: { ...frozen, rateFactors: { head: 0.5 } }, replicas: 1 }],
      ['untrained', { untrained: true }],
      ['own-two', { own: true, settings: own }],
      ['own-one', { own: true, settings: own, replicas: 1 }],
      ['own-untrained', { own: true, untrained: true }],
    ]);
  });

  it('gives other bytes than one replica', async () => {
    expect(straight).toEqual({ tensors: 0 });
    expect((await traces('one')).weights).not.toBe((await traces('straight')).weights);
  });

  it('stopped and resumed in an unknown process, gives the bytes of a run that was not stopped', async () => {
    expect(stopped.failure).toMatchObject({ code: 'training/interrupted', exitCode: 130 });
    expect(resumed[0]).toEqual({ tensors: 0 });
    expect(await traces('stopped')).toEqual(await traces('straight'));
  });

  it('whose thread ends is over, says so, and goes on from its last checkpoint', async () => {
    const { failure, tensors } = killed;
    expect(failure).toMatchObject({ name: 'EngineError', code: 'engine/replica-died', exitCode: 5 });
    expect(failure!.message).toBe('Replica 1 stopped: its thread ended with status 9.');
    expect(failure!.hint).toContain('--resume');
    expect(tensors).toBe(0);
    expect((await readFile(join(folder, 'killed.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(1);
    expect(resumed[1]).toEqual({ tensors: 0 });
    expect(await traces('killed')).toEqual(await traces('straight'));
  });

  it('is refused when the data for its threads cannot cross to them', () => {
    expect(uncloneable.failure).toMatchObject({
      name: 'UsageError',
      code: 'usage/replica-module',
      exitCode: 2,
    });
  });

  it('is resumed with as many', () => {
    expect(other.failure).toMatchObject({ code: 'usage/resume-differs', exitCode: 2 });
    expect(other.failure!.message).toContain('training.replicas: 2 → 3');
  });

  // Where no batch norm sees the batch, replicas compute the sums of one process in another order.
  it('gives the numbers of one process when all batch norms are frozen', async () => {
    const [two, one] = [await tensors('frozen-two'), await tensors('frozen-one')];
    expect(distance(one, two)).toBeLessThan(1e-5);
    // What is frozen is where it began, running statistics too; what learns is not.
    const initial = await tensors('untrained', 'model.safetensors');
    expect(distance(initial, two, ofBackbone)).toBe(0);
    expect(distance(initial, two, ofHead)).toBeGreaterThan(1e-3);
  });

  it("gives the numbers of one process for a head of one's own of tfjs's layers", async () => {
    const [two, one] = [await tensors('own-two'), await tensors('own-one')];
    expect(distance(one, two)).toBeLessThan(1e-5);
    const initial = await tensors('own-untrained', 'model.safetensors');
    const learnt = [...initial.keys()].filter((key) => distance(initial, two, (one) => one === key) > 1e-4);
    expect(learnt).toHaveLength(8);
    const best = await tensors('own-two', 'best/model.safetensors');
    expect([...best.keys()].filter((key) => learnt.includes(key))).toHaveLength(8);
  });

  it('gives the numbers of one process while the backbone is frozen, and trains it afterwards', async () => {
    const first = 'checkpoints/epoch-0001/weights.safetensors';
    expect(distance(await tensors('straight', first), await tensors('one', first))).toBeLessThan(1e-5);
    expect(distance(await tensors('straight', first), await tensors('straight'), ofBackbone)).toBeGreaterThan(
      0,
    );
  });
});
