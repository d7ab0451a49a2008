import type { Loss } from '@polytag/core';
import { assertSameLabels, labelCounts, readLabelFile } from '@polytag/datasets';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { checkFit, lossForLabels } from '@polytag/training';
import { loopSettings, type RunConfig } from '../config/run-config.js';
import { generatedBatches } from '../dry-run/generated-batches.js';
import { inputOf } from '../dry-run/rehearse.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import { isRemote, localWeights } from '../run/initial-weights.js';
import { checkSearch } from '../run/prepare-run.js';
import { settled } from '../run/run-config-file.js';
import type { RunContext } from '../run/run-context.js';
import type { RunData } from '../run/run-data.js';

/**
 * Refuses what `fit` refuses of a config and its label files before it opens an image: data that does not belong together,
 * models that cannot be built for it, weights that are on this machine and do not fit, layers and settings of training.
 * Nothing is fetched, trained or written.
 *
 * @param loss as `loadParts` gives it
 * @returns weights that are not on this machine yet, and were not looked at
 */
export async function checkTraining(
  given: RunConfig,
  data: RunData,
  loss: Loss,
  context: RunContext,
): Promise<readonly string[]> {
  const { train, validation } = data;
  for (const { source, unknownLabels } of validation ? [train, validation] : [train]) {
    if (given.data.unknownLabels === 'error' && unknownLabels.size > 0)
      await readLabelFile(source, { unknownLabels: 'error', missingImages: 'unchecked' });
  }
  if (validation) assertSameLabels(train, validation);
  const forLabels = lossForLabels(loss, labelCounts(train));
  checkSearch(given, data);
  await useConfiguredEngine(given);
  const { config, absent } = withoutUnfetchedWeights(settled(given, { kind: 'fresh' }), context.source);
  const initialWeights = [config.model, ...config.mutual.models].some(({ weights }) => weights !== undefined);
  const { models, replica } = await buildModels(config, knowledgeOf(train), context, { initialWeights });
  const [model, ...others] = models;
  try {
    const batches = {
      labels: train.labels,
      ...inputOf(config, model),
      batchSize: config.training.batchSize,
      atMost: () => 1,
    };
    checkFit({
      model,
      auxiliary: others.map((other, i) => ({
        model: other,
        settings: config.mutual.models[i].training,
      })),
      loss: forLabels,
      train: generatedBatches(batches),
      validation: validation && generatedBatches(batches),
      replica,
      settings: loopSettings(config.training),
      seed: config.seed,
    });
  } finally {
    models.forEach((one) => one.dispose());
  }
  return absent;
}

/** The config without weights that the run would fetch first. */
function withoutUnfetchedWeights(
  config: RunConfig,
  source: string,
): { readonly config: RunConfig; readonly absent: readonly string[] } {
  const absent: string[] = [];
  const withPresent = <Section extends RunConfig['model']>(section: Section): Section => {
    if (!isRemote(section, source) || localWeights(section, source) !== undefined) return section;
    absent.push(String(section.weights));
    return { ...section, weights: undefined };
  };
  const model = withPresent(config.model);
  const models = config.mutual.models.map(withPresent);
  return { config: { ...config, model, mutual: { ...config.mutual, models } }, absent };
}
