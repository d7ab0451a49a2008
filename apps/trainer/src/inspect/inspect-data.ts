import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { configText, Progress, type Streams } from '@polytag/cli';
import { DataError, printable } from '@polytag/core';
import {
  encodePng,
  readAnnotations,
  summarise,
  type AnnotatedDataset,
  type DatasetSummary,
} from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { writeFileAtomically } from '@polytag/files';
import type { RunConfig } from '../config/run-config.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import { contactSheet } from '../run/contact-sheet.js';
import { lookAlikeWarnings, overlapWarnings } from '../run/data-warnings.js';
import { drawScenes } from '../run/draw-scenes.js';
import { labelFile } from '../config/label-file.js';
import { checkWithProgress, nameBadImages } from '../run/bad-images.js';
import { networkTable } from './network-table.js';

/** Rows and columns of a contact sheet. */
const SHEET = { rows: 8, epochs: 7 };

export interface InspectedConfig {
  readonly config: RunConfig;
  /** What errors call it: its file name. */
  readonly source: string;
}

/**
 * Writes what is in label files, and names the images that cannot be used.
 *
 * @param parts of a config: training images, and validation images, which are told where they are training images too
 */
export async function inspectFiles(
  files: readonly string[],
  parts: readonly string[],
  { out, err }: Streams,
  { quick = false, maxPixels }: { readonly quick?: boolean; readonly maxPixels?: number } = {},
): Promise<void> {
  const progress = new Progress(err);
  let bad = 0;
  const read: AnnotatedDataset[] = [];
  for (const file of [...files, ...parts]) {
    const dataset = await readAnnotations(file, { missingImages: quick ? 'error' : 'keep' });
    read.push(dataset);
    out.write(describe(file, summarise(dataset)));
    if (quick) continue;
    const checked = await checkWithProgress(dataset, { maxPixels, progress });
    nameBadImages(checked.bad, progress);
    bad += checked.bad.length;
  }
  const [train, validation] = read.slice(files.length);
  if (validation) for (const line of await overlapWarnings(train, validation)) out.write(`${line}\n`);
  if (bad > 0) {
    const total = read.reduce((sum, { images }) => sum + images.length, 0);
    throw new DataError(
      'data/bad-images',
      `${bad} of ${total} images cannot be used; they are named above.`,
      {
        hint: 'Copy or convert them, take them out of the label file, or train without them: data.badImages: skip.',
      },
    );
  }
}

/** Writes a config with every default. Gives its label files. */
export async function inspectConfig({ config }: InspectedConfig, { out, err }: Streams): Promise<string[]> {
  out.write(`${configText(config)}\n`);
  await drawScenes(config.data, new Progress(err));
  const { train, val } = config.data;
  return (val === null ? [train] : [train, val]).map((file) => labelFile(config.data, file));
}

/** Writes the parts of a config's models with their weights and multiply-adds. */
export async function inspectNetworks(
  { config, source }: InspectedConfig,
  { out, err }: Streams,
): Promise<void> {
  const progress = new Progress(err);
  await drawScenes(config.data, progress);
  out.write(await describeNetworks(config, source, progress));
}

/** Draws training images as they are and as the first epochs see them. */
export async function inspectAugmented(
  { config }: InspectedConfig,
  sheet: string,
  { out, err }: Streams,
): Promise<void> {
  await drawScenes(config.data, new Progress(err));
  out.write(await drawSheet(config, sheet));
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
  await writeFileAtomically(out, await encodePng(sheet));
  return [
    `${printable(out, Infinity)}: ${names.length} images of ${printable(dataset.source, Infinity)}, a row each`,
    `  first column: resized to ${config.data.width} x ${config.data.height}; then as epochs 1 to ${SHEET.epochs} see it`,
    ...(augment.mix
      ? [`  not shown: data.augment.mix, which mixes the images of a batch (${augment.mix.name})`]
      : []),
    ...names.map((name, row) => `  row ${row + 1}: ${printable(name)}`),
    '',
  ].join('\n');
}

function describe(file: string, summary: DatasetSummary): string {
  const labels = summary.labels.map((label) => ({ ...label, name: printable(label.name) }));
  const width = labels.reduce((most, { name }) => Math.max(most, name.length), 5);
  const rows = labels
    .sort((a, b) => b.images - a.images)
    .map(
      ({ name, images, known, occurrences }) =>
        `  ${name.padEnd(width)} ${String(images).padStart(7)} ${String(occurrences).padStart(12)}` +
        (summary.unknown ? ` ${String(known).padStart(7)}` : ''),
    );
  const pairs = summary.images * summary.labels.length;
  const unknown = [...summary.unknownLabels].map(([name, count]) => `${printable(name)} (${count})`);
  return [
    `${printable(file, Infinity)}: ${summary.images} images, ${summary.labels.length} labels, ${summary.meanLabels.toFixed(2)} labels an image`,
    `  images by number of labels: ${summary.labelsPerImage.map((count, n) => `${n}: ${count}`).join(', ')}`,
    ...(summary.allNegative ? [`  ${summary.allNegative} images have no label (all-negative)`] : []),
    ...(summary.emptyLabels.length
      ? [`  labels without an image: ${summary.emptyLabels.map((name) => printable(name)).join(', ')}`]
      : []),
    ...(unknown.length ? [`  labels that are not in "classes": ${unknown.join(', ')}`] : []),
    ...(summary.unknown
      ? [
          `  known: ${pairs - summary.unknown} of ${pairs} pairs of image and label; the others count for nothing`,
        ]
      : []),
    ...lookAlikeWarnings(summary.labels.map(({ name }) => name)).map((line) => `  ${line}`),
    `  ${'label'.padEnd(width)} ${'images'.padStart(7)} ${'occurrences'.padStart(12)}${summary.unknown ? `   known` : ''}`,
    ...rows,
    '',
  ].join('\n');
}
