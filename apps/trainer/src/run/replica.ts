/** What another thread builds a replica from: the models and the loss of a run, as `trainRun` builds them. */
import { lossForLabels } from '@polytag/training';
import { LabelVocabulary, type LabelCounts } from '@polytag/core';
import { buildModel, resolvePart, type BuildModelOptions, type PartsConfig } from '@polytag/model';
import type { BuildReplica } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

export interface ReplicaData {
  readonly loss: RunConfig['loss'];
  readonly labels: readonly string[];
  readonly counts?: Omit<LabelCounts, 'labels'>;
  /** The main model first. */
  readonly models: readonly ReplicaModelData[];
}

export interface ReplicaModelData {
  readonly config: PartsConfig;
  readonly options: Omit<BuildModelOptions, 'labels' | 'parts'>;
}

const build: BuildReplica<ReplicaData> = async ({ loss: reference, labels, counts, models }) => {
  const vocabulary = new LabelVocabulary(labels);
  const [model, ...auxiliary] = await Promise.all(
    models.map(({ config, options }) =>
      // The weights come from the thread that it helps.
      buildModel(config, { ...options, labels: vocabulary, initialWeights: false }),
    ),
  );
  const { part: loss } = await resolvePart('loss', reference, models[0].options);
  return {
    model,
    auxiliary,
    loss: counts ? lossForLabels(loss, { labels: vocabulary, ...counts }) : loss,
  };
};

export default build;
