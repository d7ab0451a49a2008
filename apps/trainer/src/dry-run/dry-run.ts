import { lossForLabels } from '@polytag/training';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import type { RunConfig } from '../config/run-config.js';
import { buildModels } from '../run/build-models.js';
import { loadParts } from '../run/load-parts.js';
import { settled } from '../run/run-config-file.js';
import type { RunContext } from '../run/run-context.js';
import { labelKnowledge, withoutAbsentWeights, withoutPositiveWeight } from './absent-files.js';
import { dryRunTable } from './dry-run-table.js';
import { dataFacts, type GivenCounts } from './image-counts.js';
import { project } from './projection.js';
import { rehearse } from './rehearse.js';

/**
 * Goes through a run of a config without its data: builds the models and whatever moves them, trains and evaluates two
 * generated batches in a temporary folder with `fit`, and tells what the whole run would need on this machine. Nothing
 * stays. What would stop the run stops this, with the same error.
 */
export async function dryRun(given: RunConfig, counts: GivenCounts, context: RunContext): Promise<void> {
  const { source, progress, out } = context;
  const asGiven = await loadParts(given, context);
  await useConfiguredEngine(given);
  const facts = await dataFacts(given, counts, progress);
  const projected = facts.labelCounts ? given : withoutPositiveWeight(given);
  const loss = facts.labelCounts
    ? lossForLabels(asGiven, facts.labelCounts)
    : await loadParts(projected, context);
  const { config, absent: absentWeights } = withoutAbsentWeights(settled(projected, { kind: 'fresh' }), {
    source,
    madeUpLabels: counts.classes !== undefined,
  });
  const absentMatrices: string[] = [];
  const knowledge = labelKnowledge(facts, (file) => absentMatrices.push(file));
  const { models, replica } = await buildModels(config, knowledge, context, { initialWeights: true });
  const [model, ...others] = models;
  const auxiliary = others.map((other, i) => ({
    model: other,
    settings: config.mutual.models[i].training,
  }));
  try {
    const rehearsal = await rehearse(config, facts, { model, auxiliary, loss, replica }, context);
    const projection = project(rehearsal, facts.counts, config.training);
    out.write(
      dryRunTable({
        source,
        config,
        models,
        facts,
        rehearsal,
        projection,
        absentWeights,
        absentMatrices,
      }),
    );
  } finally {
    models.forEach((one) => one.dispose());
  }
}
