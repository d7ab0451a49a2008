import { existsSync } from 'node:fs';
import { cachedPath, cacheFolder, openCheckpoint } from '@polytag/checkpoints';
import { printable } from '@polytag/core';
import { knownWeights } from '@polytag/model';
import { publishedWeights, type PublishedWeights } from '@polytag/model/config';
import { normalisationText } from '../config/preprocessing.js';
import { weightsInFolder } from '../config/weights-in-folder.js';
import { alignedRows } from './aligned-rows.js';

const NOT_SAID = '-';

/** The published weights that a config can name, as text: what they are, then where they come from. */
export function publishedWeightsTable(): string {
  const cells = publishedWeights.map((row) => [
    row.backbone,
    row.name,
    row.layout ?? NOT_SAID,
    String(row.widthMultiplier ?? 1),
    row.imageSize === undefined ? NOT_SAID : String(row.imageSize),
    normalisationText(row.normalisation),
    row.padding,
    row.head ? `${row.head.name}, ${row.head.classes} classes` : NOT_SAID,
    row.megabytes === undefined ? NOT_SAID : row.megabytes.toFixed(1),
    row.sha256 === undefined ? 'not published' : `${row.sha256}…`,
    isCached(row) ? 'yes' : 'no',
  ]);
  const headings = [
    ...['backbone', 'weights', 'layout', 'width', 'pixels', 'normalisation', 'padding', 'head'],
    ...['MB', 'SHA-256', 'fetched'],
  ];
  const [heading, ...lines] = alignedRows([headings, ...cells], (column) =>
    column === 8 ? 'right' : 'left',
  );
  return [
    'Published weights that a config can use, e.g. --set model.weights=imagenet',
    `  ${heading}`,
    ...publishedWeights.flatMap(({ address, licence, source }, i) => [
      `  ${lines[i]}`,
      `    ${address}`,
      `    licence: ${licence}; from ${source}`,
    ]),
    'The data that the weights were trained on may have terms of its own.',
    `Downloaded files are kept in ${cacheFolder()}`,
    '',
  ].join('\n');
}

const isCached = ({ address }: PublishedWeights): boolean => existsSync(cachedPath(address, cacheFolder()));

/**
 * What a weight file, or that of a model folder or run folder, holds: its format, where its weights and classes are in it,
 * and a row a tensor.
 *
 * @throws CheckpointError those of `openCheckpoint`
 */
export async function weightFileTable(given: string): Promise<string> {
  const path = weightsInFolder(given) ?? given;
  const file = await openCheckpoint(path);
  try {
    const { format, container, otherContainers = [], classNames, entries } = file;
    const count = (values: readonly number[]) => values.reduce((product, value) => product * value, 1);
    const total = [...entries.values()].reduce((sum, { shape }) => sum + count(shape), 0);
    const known = await knownWeights(path);
    const rows = [...entries].map(([key, { dtype, shape }]) => [key, dtype, shape.join(' x ')]);
    const lines = alignedRows([['tensor', 'type', 'shape'], ...rows], () => 'left');
    return [
      `${printable(path, Infinity)}: ${format}, ${entries.size} tensors, ${total.toLocaleString('en-US')} values`,
      ...(known ? [`  published as ${known.origin}`] : []),
      ...(container === undefined ? [] : [`  the weights are in "${printable(container)}"`]),
      ...(otherContainers.length > 0
        ? [
            `  other weights in the file: ${otherContainers.map((one) => printable(one)).join(', ')} (--set model.weightsContainer=NAME)`,
          ]
        : []),
      ...(classNames
        ? [
            `  labels: ${classNames.length}, from ${printable(classNames[0])} to ${printable(classNames[classNames.length - 1])}`,
          ]
        : []),
      ...lines.map((line) => `  ${line}`),
      '',
    ].join('\n');
  } finally {
    await file.close();
  }
}
