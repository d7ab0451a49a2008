import { useEngine } from '@polytag/engine';
import type { RunConfig } from '../config/run-config.js';
import { buildModels } from '../run/build-models.js';
import { loadParts } from '../run/prepare-run.js';
import { withReplicaCount } from '../run/run-folder-config.js';
import type { TrainRunOptions } from '../run/train-run.js';
import { labelKnowledge, withoutAbsentWeights } from './absent-files.js';
import { dryRunTable } from './dry-run-table.js';
import { dataFacts, type GivenCounts } from './image-counts.js';
import { project } from './projection.js';
import { rehearse } from './rehearse.js';

export interface DryRunOptions
  extends GivenCounts, Pick<TrainRunOptions, 'source' | 'baseFolder' | 'signal' | 'progress' | 'out'> {}

/**
 * Goes through a run of a config without its data: builds the models and whatever moves them, trains and evaluates two
 * generated batches in a temporary folder with `fit`, and tells what the whole run would need on this machine. Nothing
 * stays. What would stop the run stops this, with the same error.
 */
export async function dryRun(given: RunConfig, options: DryRunOptions): Promise<void> {
  const { progress, out } = options;
  const counted = await withReplicaCount(given, '', false);
  const loss = await loadParts(counted, options);
  await useEngine(counted.engine);
  const facts = await dataFacts(counted, options, progress);
  const { config, absent: absentWeights } = withoutAbsentWeights(counted, {
    source: options.source,
    madeUpLabels: options.classes !== undefined,
  });
  const absentMatrices: string[] = [];
  const knowledge = labelKnowledge(facts, (file) => absentMatrices.push(file));
  const { models, replica } = await buildModels(config, knowledge, { ...options, resume: false });
  const [model, ...others] = models;
  const auxiliary = others.map((other, i) => ({
    model: other,
    settings: config.mutual.models[i].training,
  }));
  try {
    const parts = { model, auxiliary, loss, replica };
    const rehearsal = await rehearse(config, facts, parts, options);
    const projection = project(rehearsal, facts.counts, config.training);
    out.write(
      dryRunTable({
        ...{ source: options.source, config, models, facts, rehearsal, projection },
        ...{ absentWeights, absentMatrices },
      }),
    );
  } finally {
    models.forEach((one) => one.dispose());
  }
}
