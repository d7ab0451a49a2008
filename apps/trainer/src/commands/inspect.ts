import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { encodePng, readAnnotations, summarise, type DatasetSummary } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { pretrainedTable } from './pretrained-table.js';
import { networkTable } from './network-table.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import { contactSheet } from '../run/contact-sheet.js';
import { drawScenes } from '../run/draw-scenes.js';
import { labelFile } from '../run/prepare-run.js';
import { collect } from './collect.js';

interface InspectOptions {
  data?: string;
  config?: string;
  set: string[];
  augmented?: boolean;
  network?: boolean;
  pretrained?: boolean;
  out: string;
}

/** Rows and columns of a contact sheet. */
const SHEET = { rows: 8, epochs: 7 };

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
    .action(async ({ data, config, set, augmented, network, pretrained, out }: InspectOptions) => {
      if (pretrained) {
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
      const files = data ? [data] : [];
      if (config) {
        const resolved = await loadRunConfig(config, set);
        const progress = new Progress(streams.err);
        if (network) {
          await drawScenes(resolved.data, progress);
          streams.out.write(await describeNetworks(resolved, config, progress));
          return;
        }
        if (augmented) {
          await drawScenes(resolved.data, progress);
          streams.out.write(await drawSheet(resolved, out));
          return;
        }
        streams.out.write(`${stringify(resolved)}\n`);
        await drawScenes(resolved.data, progress);
        const { train, val } = resolved.data;
        for (const file of val === null ? [train] : [train, val]) files.push(labelFile(resolved.data, file));
      }
      for (const file of files) streams.out.write(describe(file, summarise(await readAnnotations(file))));
    });
}

/** The models of a config, with the labels of its training images. */
async function describeNetworks(config: RunConfig, source: string, progress: Progress): Promise<string> {
  const { train, unknownLabels, height, width } = config.data;
  const dataset = await readAnnotations(labelFile(config.data, train), { unknownLabels });
  await useEngine(config.engine);
  const place = { source, baseFolder: resolve(dirname(source)) };
  // As if resumed: weights from a file would change no number.
  const { models } = await buildModels(config, knowledgeOf(dataset), { ...place, resume: true, progress });
  return models
    .map((model) => {
      const { name } = model.backbone;
      const title = `${name} + ${model.head.name}, ${dataset.labels.size} labels, ${width} x ${height} pixels`;
      const text = networkTable(title, model.summarise());
      model.dispose();
      return text;
    })
    .join('\n');
}

/** Draws the contact sheet and says what is on it. */
async function drawSheet(config: RunConfig, out: string): Promise<string> {
  const { train, unknownLabels, augment } = config.data;
  const dataset = await readAnnotations(labelFile(config.data, train), { unknownLabels });
  const { sheet, names } = await contactSheet(config, dataset, SHEET);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, await encodePng(sheet));
  return [
    `${out}: ${names.length} images of ${dataset.source}, a row each`,
    `  first column: resized to ${config.data.width} x ${config.data.height}; then as epochs 1 to ${SHEET.epochs} see it`,
    ...(augment.mix
      ? [`  not shown: data.augment.mix, which mixes the images of a batch (${augment.mix.name})`]
      : []),
    ...names.map((name, row) => `  row ${row + 1}: ${name}`),
    '',
  ].join('\n');
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
