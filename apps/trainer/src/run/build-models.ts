import type { LabelCounts, LabelGraph, LabelVocabulary } from '@polytag/core';
import { cooccurrence, labelCounts, type LabelledDataset } from '@polytag/datasets';
import { buildModel, readLabelGraph, type LabelGraphConfig, type MultiLabelModel } from '@polytag/model';
import type { ReplicaModule } from '@polytag/training';
import { normalisationOf, resizeOf } from '../config/preprocessing.js';
import type { ModelSection, RunConfig } from '../config/run-config.js';
import { loadInitialWeights } from './initial-weights.js';
import type { ReplicaData, ReplicaModelData } from './replica.js';
import type { RunContext } from './run-context.js';

/** What the models are to know of the labels. */
export interface LabelKnowledge {
  readonly labels: LabelVocabulary;
  /** Absent where there is no training set. */
  readonly counts?: LabelCounts;
  readGraph(graph: LabelGraphConfig): Promise<LabelGraph>;
}

/** What training images tell of them. */
export const knowledgeOf = (train: LabelledDataset): LabelKnowledge => ({
  labels: train.labels,
  counts: labelCounts(train),
  readGraph: (graph) =>
    readLabelGraph(graph, { labels: train.labels, countCooccurrence: () => cooccurrence(train) }),
});

/**
 * The models of a run, the main one first, and how another thread builds them.
 *
 * @param options.initialWeights draw weights, and load those that the config names; without them the models are empty
 */
export async function buildModels(
  config: RunConfig,
  knowledge: LabelKnowledge,
  context: RunContext,
  { initialWeights }: { readonly initialWeights: boolean },
): Promise<{
  readonly models: MultiLabelModel[];
  readonly replica: ReplicaModule;
  /** For the main model alone. */
  readonly mainReplica: ReplicaModule;
}> {
  const { labels } = knowledge;
  const models: MultiLabelModel[] = [];
  const replicaModels: ReplicaModelData[] = [];
  for (const [index, section] of [config.model, ...config.mutual.models].entries()) {
    const place = index === 0 ? 'model' : `mutual.models.${index - 1}`;
    const { backbone, head, views } = section;
    const parts = { backbone, head, views };
    const options = await buildOptions(config, section, knowledge, context, index);
    const model = await buildModel(parts, { ...options, labels, initialWeights });
    if (initialWeights) await loadInitialWeights(model, section, context, place);
    models.push(model);
    replicaModels.push({ config: parts, options });
  }
  const { positives, negatives } = knowledge.counts ?? {};
  const data: ReplicaData = {
    loss: config.loss,
    labels: labels.names,
    ...(positives && negatives && { counts: { positives, negatives } }),
    models: replicaModels,
  };
  const module = new URL('./replica.js', import.meta.url);
  const mainData: ReplicaData = { ...data, models: replicaModels.slice(0, 1) };
  return { models, replica: { module, data }, mainReplica: { module, data: mainData } };
}

/** What a model is built with, here and on the threads of other replicas. */
async function buildOptions(
  { data, seed }: RunConfig,
  { labelGraph: graph }: ModelSection,
  { readGraph }: LabelKnowledge,
  { source, baseFolder }: RunContext,
  index: number,
): Promise<ReplicaModelData['options']> {
  return {
    height: data.height,
    width: data.width,
    resize: resizeOf(data),
    normalisation: normalisationOf(data.normalisation),
    // Models that begin alike would learn nothing from each other.
    seed: seed + index,
    labelGraph: graph && (await readGraph(graph)),
    source,
    baseFolder,
  };
}
