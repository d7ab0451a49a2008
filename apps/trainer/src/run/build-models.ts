import type { LabelGraph, LabelVocabulary } from '@polytag/core';
import { cooccurrence, type LabelledDataset } from '@polytag/datasets';
import {
  buildModel,
  readLabelGraph,
  type BuildModelOptions,
  type LabelGraphConfig,
  type MultiLabelModel,
} from '@polytag/model';
import type { ReplicaModule } from '@polytag/training';
import { normalisationOf } from '../config/normalisation.js';
import type { ModelSection, RunConfig } from '../config/run-config.js';
import { loadInitialWeights } from './initial-weights.js';
import type { ReplicaData, ReplicaModelData } from './replica.js';
import type { TrainRunOptions } from './train-run.js';

/** What building the models needs of a run. */
export type BuildRunOptions = Pick<TrainRunOptions, 'source' | 'baseFolder' | 'resume' | 'progress'> &
  Partial<Pick<TrainRunOptions, 'signal'>>;

/** What the models are to know of the labels. */
export interface LabelKnowledge {
  readonly labels: LabelVocabulary;
  readGraph(graph: LabelGraphConfig): Promise<LabelGraph>;
}

/** What training images tell of them. */
export const knowledgeOf = (train: LabelledDataset): LabelKnowledge => ({
  labels: train.labels,
  readGraph: (graph) =>
    readLabelGraph(graph, { labels: train.labels, countCooccurrence: () => cooccurrence(train) }),
});

/** The models of a run, the main one first, and how another thread builds them. */
export async function buildModels(
  config: RunConfig,
  knowledge: LabelKnowledge,
  options: BuildRunOptions,
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
    const building = await buildOptions(config, section, knowledge, options, index);
    models.push(await buildConfigured(section, { ...building, labels }, { ...options, place }));
    replicaModels.push({ config: { backbone: section.backbone, head: section.head }, options: building });
  }
  const data: ReplicaData = { loss: config.loss, labels: labels.names, models: replicaModels };
  const module = new URL('./replica.js', import.meta.url);
  const mainData: ReplicaData = { ...data, models: replicaModels.slice(0, 1) };
  return { models, replica: { module, data }, mainReplica: { module, data: mainData } };
}

/** What a model is built with, here and on the threads of other replicas. */
async function buildOptions(
  { data, seed }: RunConfig,
  { labelGraph: graph }: ModelSection,
  { readGraph }: LabelKnowledge,
  { source, baseFolder }: BuildRunOptions,
  index: number,
): Promise<ReplicaModelData['options']> {
  return {
    height: data.height,
    width: data.width,
    normalisation: normalisationOf(data.normalisation),
    // Models that begin alike would learn nothing from each other.
    seed: seed + index,
    labelGraph: graph && (await readGraph(graph)),
    source,
    baseFolder,
  };
}

async function buildConfigured(
  section: ModelSection,
  options: BuildModelOptions,
  run: BuildRunOptions & { readonly place: string },
): Promise<MultiLabelModel> {
  const model = await buildModel({ backbone: section.backbone, head: section.head }, options);
  // A resumed run takes all weights from its checkpoint.
  if (!run.resume) await loadInitialWeights(model, section, run);
  return model;
}
