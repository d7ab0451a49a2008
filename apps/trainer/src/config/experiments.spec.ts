import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { labelKnowledge } from '../dry-run/absent-files.js';
import { trainerProgram } from '../program.js';
import { buildModels } from '../run/build-models.js';
import { loadParts } from '../run/load-parts.js';
import { runContext } from '../run/run-context.js';
import { loadRunConfig } from './load-run-config.js';
import type { RunConfig } from './run-config.js';

const configs = fileURLToPath(new URL('../../../../configs', import.meta.url));
const files = readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);

/** Labels of each data set (docs/method.md#data-sets; the scenes' own). */
const LABELS = {
  'corel5k-80': 80,
  'voc-pool': 20,
  quickstart: 16,
  coco: 80,
  'nus-wide': 81,
  vg500: 500,
  voc: 20,
};

function labelsOf(file: string): LabelVocabulary {
  const set = Object.keys(LABELS).find((name) => basename(file).startsWith(name));
  if (!set) throw new Error(`${file}: of which data set?`);
  return new LabelVocabulary(Array.from({ length: LABELS[set as keyof typeof LABELS] }, (_, i) => i));
}

const contextOf = (file: string) =>
  runContext(
    { out: new PassThrough(), err: new PassThrough() },
    new AbortController().signal,
    join(configs, file),
  );

/** Builds what a config trains, without its files, as a dry run does. */
async function build(config: RunConfig, file: string) {
  const knowledge = labelKnowledge({ labels: labelsOf(file) }, () => undefined);
  const { models } = await buildModels(config, knowledge, contextOf(file), { initialWeights: false });
  return models[0];
}

/** The first config of each network: a large one takes seconds to fill with random weights. */
const networks = new Set<string>();
const networkOf = ({ model }: RunConfig) =>
  JSON.stringify([model.backbone, 'name' in model.head && model.head.name]);

beforeAll(() => useEngine('wasm'));

describe.each(files)('configs/%s', (file) => {
  it('is valid, says what it is and how to run it, its parts compose, and its network builds', async () => {
    const text = await readFile(join(configs, file), 'utf8');
    expect(text).toMatch(/^# .*\n(#.*\n)*# {3}npx polytag-train fit/);
    expect(text).toContain(`--config configs/${file} --out runs/`);
    const config = await loadRunConfig(join(configs, file));
    const loss = await loadParts(config, contextOf(file));
    if (networks.has(networkOf(config))) return;
    networks.add(networkOf(config));
    const model = await build(config, file);
    expect(loss.space).toBe(model.outputSpace);
    expect(model.preprocessing).toMatchObject({ height: config.data.height, width: config.data.width });
    model.dispose();
  });
});

// The authors' configs (docs/method.md#settings): scale, learning rate and decay of the average differ, the rest is
// shared. NUS-WIDE and VG500 have no published config: COCO's, with the authors' automatic scale √5·ln(K − 1)
// (docs/method.md#output-scale).
const PAPER = [
  ['coco-ml-decoder-efficientnet-v2-s', 23, 0.007, 0.9997],
  ['coco-ml-decoder-tresnet-l', 23, 0.007, 0.9997],
  ['voc-gcn-efficientnet-v2-s', 17, 0.005, 0.9993],
  ['voc-ml-decoder-efficientnet-v2-s', 17, 0.005, 0.9993],
  ['voc-ml-decoder-tresnet-l', 17, 0.005, 0.9993],
  ['nus-wide-ml-decoder-tresnet-l', 'auto', 0.007, 0.9997],
  ['vg500-ml-decoder-efficientnet-v2-s', 'auto', 0.007, 0.9997],
  ['vg500-ml-decoder-tresnet-l', 'auto', 0.007, 0.9997],
] as const;

/** The options of a `prepare` command line, which must be valid. */
function prepareOptions([format, ...argv]: readonly string[]): { from: string; out?: string } {
  const stream = new PassThrough();
  const prepare = trainerProgram({ out: stream, err: stream }).commands.find(
    (one) => one.name() === 'prepare',
  )!;
  const command = prepare.commands.find((one) => one.name() === format)!;
  expect(command.exitOverride().parseOptions([...argv])).toEqual({ operands: [], unknown: [] });
  return command.opts();
}

describe('configs/paper', () => {
  it.each(PAPER)('%s has the settings of the method', async (name, scale, learningRate, decay) => {
    const { data, model, loss, training, mutual } = await loadRunConfig(
      join(configs, 'paper', `${name}.yaml`),
    );
    const [, head, backbone] = /-(ml-decoder|gcn)-(.*)$/.exec(name)!;
    expect(data).toMatchObject({ height: 448, width: 448, normalisation: 'half', flip: 0.5 });
    expect(data.augment).toMatchObject({
      randAugment: { draws: 2, probability: 0.5 },
      cutout: { factor: 0.4, probability: 0.5 },
      crop: false,
      colourJitter: false,
      mix: false,
    });
    expect(model).toMatchObject({
      backbone: { name: backbone },
      head: { name: head, options: { space: 'cosines', scale } },
      expectWeights: 'backbone',
    });
    expect(loss).toEqual({ name: 'aam-asl', options: { margin: 0, k: 0.7, gammaNeg: 0, gammaPos: 0 } });
    expect(training).toMatchObject({
      epochs: 60,
      batchSize: 84,
      learningRate,
      weightDecay: 5e-4,
      noBiasDecay: true,
      clipGradient: 0,
      optimiser: { name: 'sgd', momentum: 0.9, dampening: 0, nesterov: false },
      sam: { rho: 0.05, adaptive: false },
      schedule: { name: 'one-cycle', pctStart: 0.2, divFactor: 100, finalDivFactor: 1000 },
      ema: { decay },
      earlyStopping: { patience: 5 },
      reduction: 'sum',
      evaluateEvery: 1,
      warmUp: false,
      findLearningRate: false,
    });
    expect(mutual.models).toEqual([]);
  });

  it.each(PAPER)('%s says how its label files are made, where it reads them', async (name) => {
    const file = join(configs, 'paper', `${name}.yaml`);
    const header = await readFile(file, 'utf8');
    const [command, ...others] = [...header.matchAll(/^# {3}npx polytag-train prepare (.*)$/gm)];
    expect(others).toEqual([]);
    const { from, out = from } = prepareOptions(command[1].split(' '));
    const { data } = await loadRunConfig(file);
    // Commands are run in the root of the project.
    expect(resolve(configs, '..', out)).toBe(resolve(data.root));
    expect([data.train, data.val]).toEqual(['train.json', 'val.json']);
  });

  it('are all in the table', () => {
    const found = files.filter((file) => file.startsWith('paper'));
    expect(found.map((file) => basename(file, '.yaml')).sort()).toEqual(PAPER.map(([name]) => name).sort());
  });
});
