import { CheckpointError, LabelVocabulary, printable } from '@polytag/core';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { buildModel, classNamesIn, readClassNames, saveModel, type MultiLabelModel } from '@polytag/model';
import { modelCard } from '@polytag/report';
import { normalisationOf, resizeOf } from '../config/preprocessing.js';
import type { ModelSection, RunConfig } from '../config/run-config.js';
import { loadInitialWeights, originOf, weightsFile } from './initial-weights.js';
import type { RunContext } from './run-context.js';

/**
 * Writes the published model that a config names, with its classes, untrained.
 *
 * @param folder the model folder; it replaces none with other weights
 * @throws UsageError `usage/foreign-folder`
 */
export async function importModel(config: RunConfig, folder: string, context: RunContext): Promise<void> {
  const { source, baseFolder, out } = context;
  const section = config.model;
  await useConfiguredEngine(config);
  const labels = await labelsOf(section, await weightsFile(section, context));
  const { height, width, normalisation } = config.data;
  const model = await buildModel(section, {
    labels,
    height,
    width,
    source,
    baseFolder,
    resize: resizeOf(config.data),
    normalisation: normalisationOf(normalisation),
  });
  try {
    await loadInitialWeights(model, section, context);
    await saveModel(model, folder, {
      card: cardOf(model, originOf(section, source)),
      replace: 'same-weights',
    });
  } finally {
    model.dispose();
  }
  out.write(`model: ${printable(folder, Infinity)}\n`);
}

/** The labels of a model are the classes of its weights, sorted. */
async function labelsOf(section: ModelSection, path: string): Promise<LabelVocabulary> {
  const { weightsLabels, weightsContainer: container } = section;
  const said = weightsLabels === undefined ? undefined : await readClassNames(weightsLabels);
  const names = said === 'sorted' ? undefined : (said ?? (await classNamesIn(path, { container })));
  if (names) return new LabelVocabulary(names);
  throw new CheckpointError('checkpoint/unknown-labels', `${path} does not list its labels.`, {
    hint: 'List them in the order of the weights, one per line, in a file: --set model.weightsLabels=FILE',
  });
}

function cardOf(model: MultiLabelModel, origin: string): string {
  const { backbone, head, labels, outputSpace, scale, preprocessing } = model;
  return modelCard({
    name: `${backbone.name} with ${head.name} head`,
    description: `Imported from ${origin}. Not trained further.`,
    backbone: backbone.name,
    head: head.name,
    space: outputSpace,
    scale,
    labels: labels.names,
    preprocessing,
    parameters: model.summarise().parameters,
  });
}
