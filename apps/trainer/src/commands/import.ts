import { collect, untilInterrupted, whileLoading, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { loadRunConfig } from '../config/load-run-config.js';
import { runContext } from '../run/run-context.js';

interface ImportOptions {
  config: string;
  out: string;
  set: string[];
}

/** `import`: the weights of a config as a model folder, to be scored, exported or predicted with as they are. */
export function importCommand(streams: Streams): Command {
  return new Command('import')
    .description('write published weights as a model folder, without training')
    .requiredOption('--config <file>', 'YAML file with a model section that names complete weights')
    .requiredOption('--out <folder>', 'model folder')
    .option('--set <key=value>', 'set one key of the config; may be given more than once', collect, [])
    .action(async ({ config: source, out, set }: ImportOptions) => {
      const config = await loadRunConfig(source, [...set, 'model.expectWeights=all']);
      if (config.model.weights === undefined) {
        throw new UsageError('usage/no-weights', `${source} names no weights to import.`, {
          hint: 'Choose them with --set model.weights=imagenet, or =FILE. List published weights with polytag-train inspect weights.',
        });
      }
      const { importModel } = await whileLoading(() => import('../run/import-model.js'));
      await untilInterrupted((signal) => importModel(config, out, runContext(streams, signal, source)));
    });
}
