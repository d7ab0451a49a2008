import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { CheckpointError, LabelVocabulary, UsageError } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel, classNamesIn, saveModel, type MultiLabelModel } from '@polytag/model';
import { modelCard } from '@polytag/report';
import { Command } from 'commander';
import { loadRunConfig } from '../config/load-run-config.js';
import { normalisationOf } from '../config/normalisation.js';
import type { ModelSection } from '../config/run-config.js';
import { readClassNames } from '../run/class-names-file.js';
import { loadInitialWeights, originOf, weightsFile } from '../run/initial-weights.js';
import { weightCount } from '../run/weight-count.js';
import { untilInterrupted } from './until-interrupted.js';
import { collect } from './collect.js';

interface ImportOptions {
  config: string;
  out: string;
  set: string[];
}

/** `import`: the weights of a config as a model folder, to be scored, exported or predicted with as they are. */
export function importCommand(streams: Streams): Command {
  return new Command('import')
    .description('write the published model of a config as a model folder, with its classes, untrained')
    .requiredOption('--config <file>', 'YAML file with a model section that names whole weights')
    .requiredOption('--out <folder>', 'model folder')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .action(async ({ config: source, out, set }: ImportOptions) => {
      const config = await loadRunConfig(source, [...set, 'model.expectWeights=all']);
      const section = config.model;
      if (section.weights === undefined) {
        throw new UsageError('usage/no-weights', `${source} names no weights to import.`, {
          hint: 'Name them under model.weights; inspect --pretrained lists the published ones.',
        });
      }
      await useEngine(config.engine);
      await untilInterrupted(async (signal) => {
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
        streams.out.write(`model: ${out}\n`);
      });
    });
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
