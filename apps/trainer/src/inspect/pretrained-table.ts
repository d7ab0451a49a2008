import { existsSync } from 'node:fs';
import { cachedPath, cacheFolder } from '@polytag/checkpoints';
import { publishedWeights, type PublishedWeights } from '@polytag/model/config';
import { normalisationText } from '../config/normalisation.js';
import { alignedRows } from '../commands/aligned-rows.js';

const NOT_SAID = '-';

/** The published weights that a config can name, as text: what they are, then where they come from. */
export function pretrainedTable(): string {
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
    'Published weights that a config can name, e.g. --set model.weights=imagenet',
    `  ${heading}`,
    ...publishedWeights.flatMap(({ address, licence, source }, i) => [
      `  ${lines[i]}`,
      `    ${address}`,
      `    licence: ${licence}; from ${source}`,
    ]),
    'The data that weights were trained with may have terms of its own.',
    `Fetched files are kept in ${cacheFolder()}`,
    '',
  ].join('\n');
}

const isCached = ({ address }: PublishedWeights): boolean => existsSync(cachedPath(address, cacheFolder()));
