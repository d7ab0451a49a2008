// What training on several machines by rounds costs in mAP (docs/machines.md): a config with cached features is trained
// on one machine, and by rounds of H steps on 2, 4 and 8 shares, which take turns in this process. A line of JSON a run.
//   node tools/bench/bin/rounds.mjs --config FILE [--set KEY=VALUE …] [--shares 2,4,8] [--steps 1,10,50,200]
//     [--outer 1:0,0.7:0.9] [--seeds 5,6,7] [--fresh]
// `--fresh`: the optimisers of shares begin anew in each round.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseArgs } from 'node:util';
import { labelCounts } from '@polytag/datasets';
import { fit, lossForLabels, trainShare } from '@polytag/training';
import { loadRunConfig } from '../../../apps/trainer/dist/config/load-run-config.js';
import { loopSettings } from '../../../apps/trainer/dist/config/run-config.js';
import { useConfiguredEngine } from '../../../apps/trainer/dist/config/use-configured-engine.js';
import { openSources } from '../../../apps/trainer/dist/run/batch-sources.js';
import { buildModels, knowledgeOf } from '../../../apps/trainer/dist/run/build-models.js';
import { loadParts } from '../../../apps/trainer/dist/run/load-parts.js';
import { runContext } from '../../../apps/trainer/dist/run/run-context.js';
import { readData } from '../../../apps/trainer/dist/run/run-data.js';

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    shares: { type: 'string', default: '2,4,8' },
    steps: { type: 'string', default: '1,10,50,200' },
    outer: { type: 'string', default: '1:0' },
    seeds: { type: 'string', default: '5,6,7' },
    fresh: { type: 'boolean', default: false },
  },
});
const list = (text) => text.split(',').filter(Boolean);
const folder = await mkdtemp(join(tmpdir(), 'polytag-rounds-'));
const silent = { out: new PassThrough().resume(), err: new PassThrough().resume() };
const context = runContext(silent, new globalThis.AbortController().signal, values.config);
const machines = list(values.shares).flatMap((shares) =>
  list(values.steps).flatMap((steps) =>
    list(values.outer).map((outer) => {
      const [outerRate, outerMomentum] = outer.split(':').map(Number);
      return { shares: Number(shares), steps: Number(steps), outerRate, outerMomentum };
    }),
  ),
);
let runs = 0;
try {
  for (const seed of list(values.seeds))
    for (const by of [false, ...machines]) {
      const { metrics, seconds } = await train(Number(seed), by);
      const last = metrics.at(-1);
      const best = Math.max(...metrics.flatMap(({ mAP, mAPEma }) => [mAP ?? 0, mAPEma ?? 0]));
      const told = { seed: Number(seed), ...(by || { shares: 1 }), ...(values.fresh && { fresh: true }) };
      console.log(
        JSON.stringify({ ...told, mAP: last.mAP, mAPEma: last.mAPEma, best, loss: last.loss, seconds }),
      );
    }
} finally {
  await rm(folder, { recursive: true });
}

/** A share, or the whole: models and batches of its own. */
async function opened(config, share) {
  const run = { path: folder, plan: { kind: 'fresh' } };
  const loss = await loadParts(config, context);
  const data = await readData(config, context.progress);
  const { models } = await buildModels(config, knowledgeOf(data.train), context, { initialWeights: true });
  const sources = await openSources(config, { data, skipped: {} }, models[0], run, context, share);
  return { model: models[0], loss: lossForLabels(loss, labelCounts(data.train)), ...sources };
}

async function train(seed, by) {
  const config = await loadRunConfig(values.config, [
    ...values.set,
    `seed=${seed}`,
    `training.features={cache: ${JSON.stringify(join(tmpdir(), 'polytag-features'))}}`,
    'log.tensorboard=false',
  ]);
  await useConfiguredEngine(config);
  const settings = { ...loopSettings(config.training), machines: by, replicas: 1, microBatch: 4096 };
  const whole = await opened(config);
  const shares = [];
  for (let index = 0; by && index < by.shares; index++)
    shares.push({
      ...(await opened({ ...config, data: { ...config.data, val: null } }, { index, count: by.shares })),
    });
  const left = [];
  const trainer = {
    async train(round) {
      const results = [];
      for (const [index, share] of shares.entries()) {
        const { weights, optimisers, ...done } = await trainShare({
          ...share,
          settings: { ...settings, machines: false },
          round,
          optimisers: values.fresh ? undefined : left[index],
        });
        left[index] = optimisers;
        results.push({ ...done, weights: async () => weights, state: 'here' });
      }
      return results;
    },
  };
  const start = performance.now();
  const { model, loss, train: source, validation } = whole;
  const { metrics } = await fit({ model, loss, train: source, validation, settings, seed, shares: trainer, folder: join(folder, String(++runs)) }); // prettier-ignore
  const seconds = (performance.now() - start) / 1000;
  for (const one of [whole, ...shares]) {
    await one.train.close();
    await one.validation?.close();
    one.model.dispose();
  }
  return { metrics, seconds };
}
