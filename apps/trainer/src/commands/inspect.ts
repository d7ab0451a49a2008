import type { Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { loadRunConfig } from '../config/load-run-config.js';
import { collect } from './collect.js';
import { wholeNumber } from './whole-number.js';

interface InspectOptions {
  data?: string;
  config?: string;
  set: string[];
  augmented?: boolean;
  network?: boolean;
  pretrained?: boolean;
  out: string;
  quick?: boolean;
  maxPixels?: number;
}

export function inspectCommand(streams: Streams): Command {
  return new Command('inspect')
    .description('check label files and show what is in them; show a config with every default')
    .option('--data <file>', 'label file')
    .option('--config <file>', 'YAML file of one experiment: the resolved values and its label files')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .option('--network', 'the models of a config: weights and multiply-adds of an image, by part')
    .option('--pretrained', 'the published weights that a config can name, with size, checksum and licence')
    .option('--augmented', 'draw training images of a config as they are and as the first epochs see them')
    .option('--out <file>', 'PNG file of that contact sheet', 'augmented.png')
    .option('--quick', 'do not open the images')
    .option(
      '--max-pixels <n>',
      "the most pixels of an image; each allows 4.4 bytes of memory to decode it (default: the config's, else 64 million)",
      wholeNumber,
    )
    .action(async (options: InspectOptions) => {
      const { data, config, set, augmented, network, pretrained, out, quick, maxPixels } = options;
      if (pretrained) {
        const { pretrainedTable } = await import('../inspect/pretrained-table.js');
        streams.out.write(pretrainedTable());
        if (!data && !config) return;
      }
      if (!data && !config) {
        throw new UsageError('usage/nothing-to-inspect', 'Neither --data nor --config was given.', {
          hint: 'For example: polytag-train inspect --data train.json',
        });
      }
      if (augmented && !config) {
        throw new UsageError('usage/augmented-without-config', '--augmented was given without --config.', {
          hint: 'How images are augmented is in a config, under data.augment.',
        });
      }
      if (network && !config) {
        throw new UsageError('usage/network-without-config', '--network was given without --config.', {
          hint: 'The model is in a config, under model.',
        });
      }
      const resolved = config === undefined ? undefined : await loadRunConfig(config, set);
      const inspection = await import('../inspect/inspect-data.js');
      let parts: readonly string[] = [];
      if (resolved) {
        const inspected = { config: resolved, source: config! };
        if (network) return inspection.inspectNetworks(inspected, streams);
        if (augmented) return inspection.inspectAugmented(inspected, out, streams);
        parts = await inspection.inspectConfig(inspected, streams);
      }
      return inspection.inspectFiles(data ? [data] : [], parts, streams, {
        quick,
        maxPixels: maxPixels ?? resolved?.data.maxPixels,
      });
    });
}
