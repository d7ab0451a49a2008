import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { CheckpointError, LabelVocabulary, printable } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, classNamesIn, saveModel, type MultiLabelModel } from '@polytag/model';
import { modelCard } from '@polytag/report';
import { normalisationOf } from '../config/normalisation.js';
import type { ModelSection, RunConfig } from '../config/run-config.js';
import { readClassNames } from './class-names-file.js';
import { loadInitialWeights, originOf, weightsFile } from './initial-weights.js';
import { weightCount } from './weight-count.js';

export interface ImportModelOptions {
  /** What errors call the config: its file name. */
  readonly source: string;
  /** Model folder. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly streams: Streams;
}

/** Writes the published model that a config names, with its classes, untrained. */
export async function importModel(
  config: RunConfig,
  { source, out, signal, streams }: ImportModelOptions,
): Promise<void> {
  const section = config.model;
  await useEngine(config.engine);
  const options = { source, signal, progress: new Progress(streams.err) };
  const labels = await labelsOf(section, await weightsFile(section, options));
  const { height, width, normalisation } = config.data;
  const model = await buildModel(section, {
    ...{ labels, height, width, source, normalisation: normalisationOf(normalisation) },
    baseFolder: resolve(dirname(source)),
  });
  try {
    await loadInitialWeights(model, section, options);
    await saveModel(model, out, { card: cardOf(model, originOf(section, source)) });
  } finally {
    model.dispose();
  }
  streams.out.write(`model: ${printable(out, Infinity)}\n`);
}

/** The labels of a model are the classes of its weights, sorted. */
async function labelsOf(section: ModelSection, path: string): Promise<LabelVocabulary> {
  const { weightsLabels, weightsContainer: container } = section;
  const said = weightsLabels === undefined ? undefined : await readClassNames(weightsLabels);
  const names = said === 'sorted' ? undefined : (said ?? (await classNamesIn(path, { container })));
  if (names) return new LabelVocabulary(names);
  throw new CheckpointError('checkpoint/unknown-labels', `${path} does not say which classes it is for.`, {
    hint: 'Name them in the order of the weights: model.weightsLabels.',
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
    parameters: weightCount(model),
  });
}
