import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { printable } from '@polytag/core';
import { contactSheet, encodePng, readLabelFile } from '@polytag/datasets';
import { assertReplacesOwn, writeFileAtomically } from '@polytag/files';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { refuseSources } from '../prepare/label-files.js';
import { drawScenes } from '../run/run-data.js';

/** Rows and columns of a contact sheet. */
const SHEET = { rows: 8, epochs: 7 };

/**
 * Draws training images as they are and as the first epochs see them, and writes which they are.
 *
 * @param sheet PNG file that is written
 */
export async function inspectAugmented(
  config: RunConfig,
  sheet: string,
  { out, err }: Streams,
): Promise<void> {
  const isOwn = (head: string) => head.startsWith('\x89PNG');
  await assertReplacesOwn(sheet, { what: 'a contact sheet, which is a PNG file', isOwn });
  await drawScenes(config.data, new Progress(err));
  const { train, unknownLabels, augment, flip: flipProbability, width, height } = config.data;
  const dataset = await readLabelFile(labelFilePath(config.data, train), { unknownLabels });
  if (existsSync(sheet)) {
    const photographs = dataset.images.map(({ path }) => path);
    await refuseSources([sheet], photographs);
  }
  const { seed } = config;
  const drawn = await contactSheet(dataset, { ...SHEET, height, width, augment, flipProbability, seed });
  await mkdir(dirname(sheet), { recursive: true });
  await writeFileAtomically(sheet, await encodePng(drawn.sheet));
  const lines = [
    `${printable(sheet, Infinity)}: ${drawn.names.length} images of ${printable(dataset.source, Infinity)}, one per row`,
    `  first column: resized to ${width} x ${height}; then as augmented in epochs 1 to ${SHEET.epochs}`,
    ...(augment.mix
      ? [`  not shown: data.augment.mix (${augment.mix.name}), which mixes the images of a batch`]
      : []),
    ...drawn.names.map((name, row) => `  row ${row + 1}: ${printable(name)}`),
    '',
  ];
  out.write(lines.join('\n'));
}
