import type { Streams } from '@polytag/cli';
import type { LabelledDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { useConfiguredEngine } from '../../config/use-configured-engine.js';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import type { RunConfig } from '../../config/run-config.js';
import { buildModels, knowledgeOf } from '../../run/build-models.js';
import { runContext } from '../../run/run-context.js';

/** Whose features are compared: those of a model folder, or of the backbone of a config with its weights. */
export type FeatureSource =
  | { readonly folder: string; readonly allowModules?: boolean }
  | { readonly config: RunConfig; readonly source: string };

/** The model that makes features. The caller disposes it. */
export async function featureModel(
  from: FeatureSource,
  dataset: LabelledDataset,
  streams: Streams,
  signal: AbortSignal,
): Promise<MultiLabelModel> {
  if ('folder' in from) {
    await useEngine('wasm');
    return loadModel(from.folder, { allowModules: from.allowModules });
  }
  const { config, source } = from;
  await useConfiguredEngine(config);
  const alone = { ...config, mutual: { ...config.mutual, models: [] } };
  const context = runContext(streams, signal, source);
  const { models } = await buildModels(alone, knowledgeOf(dataset), context, { initialWeights: true });
  return models[0];
}
