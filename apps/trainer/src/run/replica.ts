/** What another thread builds a replica from: the model and the loss of a run, as `trainRun` builds them. */
import { LabelVocabulary } from '@polytag/core';
import { buildModel, resolvePart, type BuildModelOptions } from '@polytag/model';
import type { BuildReplica } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

export interface ReplicaData {
  readonly config: Pick<RunConfig, 'model' | 'loss'>;
  readonly labels: readonly string[];
  readonly options: Omit<BuildModelOptions, 'labels' | 'parts'>;
}

const build: BuildReplica<ReplicaData> = async ({ config, labels, options }) => {
  const { part: loss } = await resolvePart('loss', config.loss, options);
  return { model: await buildModel(config.model, { ...options, labels: new LabelVocabulary(labels) }), loss };
};

export default build;
