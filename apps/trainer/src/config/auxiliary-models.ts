import { isRecord } from '@polytag/core';
import { modelTrainingSchema } from '@polytag/training/settings';

/** A config that is not checked yet, or a part of it. */
type Tree = Readonly<Record<string, unknown>>;

/** `mutual.models` of a config, as far as it has the right form. */
function modelsOf(config: unknown): readonly unknown[] {
  const mutual = isRecord(config) ? config['mutual'] : undefined;
  const models = isRecord(mutual) ? mutual['models'] : undefined;
  return Array.isArray(models) ? models : [];
}

function withModels(config: unknown, models: readonly unknown[]): unknown {
  if (models.length === 0) return config;
  const { mutual, ...rest } = config as Tree & { readonly mutual: Tree };
  return { ...rest, mutual: { ...mutual, models } };
}

/** The settings that a model may have of its own. */
function learnerSettings(training: unknown): Tree {
  const keys = Object.keys(modelTrainingSchema.shape);
  return isRecord(training)
    ? Object.fromEntries(Object.entries(training).filter(([key]) => keys.includes(key)))
    : {};
}

/**
 * Replaces auxiliary models that are named by the path of another run's config: by its `model` with the optimiser,
 * schedule and so on of its `training`. Its data, loss, learning rate and epochs have no part in this run.
 *
 * @param read gives what is in a config file, with absolute paths
 */
export async function readAuxiliaryFiles(
  config: unknown,
  read: (file: string) => Promise<unknown>,
): Promise<unknown> {
  const models = modelsOf(config).map(async (entry) => {
    if (typeof entry !== 'string') return entry;
    const other = await read(entry);
    return isRecord(other) && isRecord(other['model'])
      ? { ...other['model'], training: learnerSettings(other['training']) }
      : {};
  });
  return withModels(config, await Promise.all(models));
}

/** Settings about layers of the main model, which another need not have. */
const OF_ITS_LAYERS: readonly string[] = ['freeze', 'freezeEpochs', 'rateFactors', 'layerDecay'];

/** Gives auxiliary models the main model's settings where they have none of their own. */
export function shareSettings(config: unknown): unknown {
  const main = Object.fromEntries(
    Object.entries(isRecord(config) ? learnerSettings(config['training']) : {}).filter(
      ([key]) => !OF_ITS_LAYERS.includes(key),
    ),
  );
  const models = modelsOf(config).map((entry) => {
    if (!isRecord(entry)) return entry;
    const own = entry['training'] ?? {};
    return { ...entry, training: isRecord(own) ? { ...main, ...own } : own };
  });
  return withModels(config, models);
}
