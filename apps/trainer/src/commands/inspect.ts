import { isAbsolute, join } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { readAnnotations, summarise, type DatasetSummary } from '@polytag/datasets';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { loadRunConfig } from '../config/load-run-config.js';
import { drawScenes } from '../run/draw-scenes.js';

interface InspectOptions {
  data?: string;
  config?: string;
  set: string[];
}

export function inspectCommand(streams: Streams): Command {
  return new Command('inspect')
    .description('check label files and show what is in them; show a config with every default')
    .option('--data <file>', 'label file')
    .option('--config <file>', 'YAML file of one experiment: the resolved values and its label files')
    .option(
      '--set <key=value>',
      'overrides a config value; may be repeated',
      (value, before: string[]) => [...before, value],
      [],
    )
    .action(async ({ data, config, set }: InspectOptions) => {
      if (!data && !config) {
        throw new UsageError('usage/nothing-to-inspect', 'Neither --data nor --config was given.', {
          hint: 'For example: polytag-train inspect --data train.json',
        });
      }
      const files = data ? [data] : [];
      if (config) {
        const resolved = await loadRunConfig(config, set);
        streams.out.write(`${stringify(resolved)}\n`);
        await drawScenes(resolved.data, new Progress(streams.err));
        for (const file of [resolved.data.train, resolved.data.val]) {
          if (file !== null) files.push(isAbsolute(file) ? file : join(resolved.data.root, file));
        }
      }
      for (const file of files) streams.out.write(describe(file, summarise(await readAnnotations(file))));
    });
}

function describe(file: string, summary: DatasetSummary): string {
  const width = Math.max(...summary.labels.map(({ name }) => name.length), 5);
  const rows = [...summary.labels]
    .sort((a, b) => b.images - a.images)
    .map(
      ({ name, images, occurrences }) =>
        `  ${name.padEnd(width)} ${String(images).padStart(7)} ${String(occurrences).padStart(12)}`,
    );
  const unknown = [...summary.unknownLabels].map(([name, count]) => `${name} (${count})`);
  return [
    `${file}: ${summary.images} images, ${summary.labels.length} labels, ${summary.meanLabels.toFixed(2)} labels an image`,
    `  images by number of labels: ${summary.labelsPerImage.map((count, n) => `${n}: ${count}`).join(', ')}`,
    ...(summary.allNegative ? [`  ${summary.allNegative} images have no label (all-negative)`] : []),
    ...(summary.emptyLabels.length ? [`  labels without an image: ${summary.emptyLabels.join(', ')}`] : []),
    ...(unknown.length ? [`  labels that are not in "classes": ${unknown.join(', ')}`] : []),
    `  ${'label'.padEnd(width)} ${'images'.padStart(7)} ${'occurrences'.padStart(12)}`,
    ...rows,
    '',
  ].join('\n');
}
