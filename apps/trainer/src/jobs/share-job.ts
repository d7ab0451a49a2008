import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labelCounts } from '@polytag/datasets';
import { writeFileAtomically } from '@polytag/files';
import { defineJobKind } from '@polytag/queue';
import { lossForLabels, trainShare, type RunFolder } from '@polytag/training';
import * as z from 'zod';
import { loopSettings } from '../config/run-config.js';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { OPTIMISERS_FILE, SHARE_FILE, WEIGHTS_FILE, type ShareRecord } from '../rounds/share-files.js';
import { withoutSkipped } from '../run/bad-images.js';
import { openSources } from '../run/batch-sources.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import { loadParts } from '../run/load-parts.js';
import { readData } from '../run/run-data.js';
import { jobContext } from './job-context.js';
import { openConfig, storedConfigSchema, storedFileSchema } from './stored-config.js';

const count = z.int().min(0);

const shareSchema = z.strictObject({
  config: storedConfigSchema,
  /** Images of the label file that the run goes without. */
  without: z.array(z.string()),
  share: z.strictObject({ index: count, count: z.int().positive() }),
  round: z.strictObject({
    epoch: count,
    batch: count,
    step: count,
    steps: z.int().positive(),
    microBatch: z.int().positive(),
    schedules: z.array(z.record(z.string(), z.number()).nullable()).optional(),
  }),
  weights: storedFileSchema,
  constants: storedFileSchema,
  /** What the share left after the round before. */
  optimisers: storedFileSchema.optional(),
});

/**
 * Trains one share of a round (docs/method.md#machines). The result is its weights, what its optimisers remember, and what
 * its steps did. A share that was stopped or killed is trained anew.
 */
export const shareJob = defineJobKind('share', 1, shareSchema, async (parameters, job) => {
  const { without, share, round } = parameters;
  const { store, folder, signal, allowModules, log, report } = job;
  const config = await openConfig(parameters.config, store, { allowModules });
  const read = async (file: z.output<typeof storedFileSchema>) => readFile(await store.checked(file));
  const [weights, constants] = [await read(parameters.weights), await read(parameters.constants)];
  const optimisers = parameters.optimisers && (await read(parameters.optimisers));
  const context = jobContext('run', { store, signal, log });
  const loss = await loadParts(config, context);
  await useConfiguredEngine(config);
  const listed = await readData(config, context);
  const data = withoutSkipped(listed, { train: without, validation: [] });
  const { models, replica } = await buildModels(config, knowledgeOf(data.train), context, {
    initialWeights: false,
  });
  const [model, ...others] = models;
  const auxiliary = others.map((other, i) => ({ model: other, settings: config.mutual.models[i].training }));
  const options = {
    model,
    auxiliary,
    loss: lossForLabels(loss, labelCounts(data.train)),
    settings: { ...loopSettings(config.training), replicas: config.training.replicas as number },
    replica,
    round: { ...round, weights, constants },
    optimisers,
    signal,
  };
  const run: RunFolder = { path: folder, plan: { kind: 'fresh' }, close: async () => undefined };
  try {
    const { train } = await openSources(config, { data, skipped: { train: without, validation: [] } }, model, run, context, share); // prettier-ignore
    try {
      const trained = await trainShare({
        ...options,
        train,
        onStep: (done) => report({ done, total: round.steps, unit: 'steps' }),
      });
      const { steps, images, diverged } = trained;
      const record: ShareRecord = {
        steps: [...steps],
        images,
        diverged,
        optimisers: createHash('sha256').update(trained.optimisers).digest('hex'),
      };
      await writeFileAtomically(join(folder, WEIGHTS_FILE), trained.weights);
      await writeFileAtomically(join(folder, OPTIMISERS_FILE), trained.optimisers);
      await writeFileAtomically(join(folder, SHARE_FILE), `${JSON.stringify(record)}\n`);
    } finally {
      await train.close();
    }
  } finally {
    models.forEach((one) => one.dispose());
  }
});
