import { join } from 'node:path';
import { DataError, imagesOfShare } from '@polytag/core';
import { checkImages, type LabelledDataset } from '@polytag/datasets';
import { writeFileAtomically } from '@polytag/files';
import { defineJobKind } from '@polytag/queue';
import { cacheFeatures } from '@polytag/training';
import * as z from 'zod';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import type { FeatureSettings } from '../run/feature-folder.js';
import { loadParts } from '../run/load-parts.js';
import { readData } from '../run/run-data.js';
import { jobContext } from './job-context.js';
import { openConfig, storedConfigSchema } from './stored-config.js';

const featuresSchema = z.strictObject({
  /** Its `training.features` names the cache. */
  config: storedConfigSchema,
  part: z.enum(['train', 'validation']),
  share: z.strictObject({ index: z.int().min(0), count: z.int().positive() }),
});

/**
 * Computes the cached features of a share of the images of a data set. They go into the cache itself, in files that are
 * named by their content, so that a share that is computed twice does no harm. The result says only that it was done.
 */
export const featuresJob = defineJobKind(
  'features',
  1,
  featuresSchema,
  async ({ config: stored, part, share }, { store, folder, signal, allowModules, log, report, keep }) => {
    const { config, data, model } = await keep(async () => {
      const opened = await openConfig(stored, store, { allowModules });
      const context = jobContext('features', { store, signal, log });
      await loadParts(opened, context);
      await useConfiguredEngine(opened);
      const read = await readData(opened, context);
      const built = await buildModels(opened, knowledgeOf(read.train), context, { initialWeights: true });
      return { config: opened, data: read, model: built.models[0] };
    });
    const { maxPixels, workers, flip } = config.data;
    const whole = part === 'train' ? data.train : data.validation!;
    const { from, to } = imagesOfShare(whole.images.length, share);
    const compute = async (dataset: LabelledDataset) => {
      const source = await cacheFeatures(model, dataset, {
        folder: (config.training.features as FeatureSettings).cache!,
        batchSize: 1,
        ...(part === 'train' && { shuffle: { seed: config.seed }, flipProbability: flip }),
        ...{ maxPixels, workers, signal },
        report: (event) =>
          event.kind === 'computing' && report({ done: event.done, total: event.total, unit: 'images' }),
      });
      await source.close();
      return source.computed;
    };
    const images: LabelledDataset = { ...whole, images: whole.images.slice(from, to) };
    const computed = await compute(images).catch(async (error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      // Whether a run may go without images that cannot be used is for the run to say.
      return compute((await checkImages(images, { maxPixels, workers, signal })).usable);
    });
    await writeFileAtomically(join(folder, 'features.json'), `${JSON.stringify({ computed })}\n`);
  },
  // Model and label files stay loaded for the next share.
  ({ share: _, ...others }) => JSON.stringify(others),
);
