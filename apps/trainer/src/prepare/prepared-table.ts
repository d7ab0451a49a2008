import { basename } from 'node:path';
import { counted, printable } from '@polytag/core';
import type { DatasetSummary, LabelledSplit } from '@polytag/datasets';
import { publishedSet, type PublishedSet, type PublishedSplit } from '@polytag/datasets/readers';
import { alignedRows } from '../tables/aligned-rows.js';
import { nextLine } from '../tables/next-line.js';

/** A label file that was written. */
export interface PreparedSplit {
  readonly path: string;
  readonly split: LabelledSplit;
  readonly summary: DatasetSummary;
}

/**
 * What was written, with its classes, what was left out, and where it differs from what is published of the data set.
 *
 * @param published counts of the data sets in this format
 * @param remarks lines on how the files were read, and what looks wrong
 */
export function preparedTable(
  published: readonly PublishedSet[],
  prepared: readonly PreparedSplit[],
  remarks: readonly string[] = [],
): string {
  const known = publishedSet(
    published,
    prepared.map(({ split }) => split.name),
  );
  // A label that a file lists once for each object; where none is, the column would say everything twice.
  const repeats =
    known !== undefined || prepared.some(({ summary }) => meanLabels(summary) !== meanListed(summary));
  const shown = (row: readonly string[]) => (repeats ? row : row.slice(0, -1));
  const rows = prepared.flatMap((one) => [
    shown([one.path, ...figures(one.summary)]),
    ...(known ? [['  published', ...publishedFigures(known, known.splits[one.split.name])]] : []),
  ]);
  const header = shown(['', 'images', 'labels', 'labels per image', 'with repeats']);
  return [
    ...alignedRows([header, ...rows], (column) => (column === 0 ? 'left' : 'right')),
    ...classesLine(prepared[0].summary),
    ...prepared.flatMap(leftOut),
    ...remarks,
    ...(known ? comparison(known, prepared) : []),
    nextLine('inspect', 'data', ...prepared.map(({ path }) => path)),
  ].join('\n');
}

/** The classes of a set that is not the published one may all differ. */
const SHOWN_DIFFERENCES = 10;

const count = (value: number) => value.toLocaleString('en-US');
const meanLabels = ({ meanLabels }: DatasetSummary) => meanLabels.toFixed(2);
const meanListed = ({ labels, images }: DatasetSummary) =>
  (labels.reduce((sum, { occurrences }) => sum + occurrences, 0) / images).toFixed(2);

/** Characters of class names that are shown. */
const SHOWN_CLASSES = 100;

function classesLine({ labels }: DatasetSummary): string[] {
  const shown: string[] = [];
  let length = 0;
  for (const { name } of labels) {
    const one = printable(name, 40);
    if (shown.length > 0 && length + one.length > SHOWN_CLASSES) break;
    shown.push(one);
    length += one.length + 2;
  }
  const more = labels.length - shown.length;
  return labels.length === 0
    ? []
    : [`labels: ${shown.join(', ')}${more > 0 ? ` and ${more} more (see inspect data)` : ''}`];
}

function figures(summary: DatasetSummary): string[] {
  return [count(summary.images), count(summary.labels.length), meanLabels(summary), meanListed(summary)];
}

function publishedFigures({ classes }: PublishedSet, split: PublishedSplit): string[] {
  const images = split.images.map(count).join(' or ');
  return [images, count(classes), split.meanLabels ?? '', split.meanListed ?? ''];
}

function leftOut({ path, split, summary }: PreparedSplit): string[] {
  const file = printable(basename(path));
  return [
    ...[...split.leftOut].map(([what, times]) => `left out of ${file}: ${what} (${count(times)})`),
    ...(summary.allNegative ? [`in ${file}: ${counted(summary.allNegative, 'image')} without a label`] : []),
    ...(summary.unknown
      ? [
          `in ${file}: ${count(summary.unknown)} of ${count(summary.images * summary.labels.length)} image-label pairs are unknown and are ignored`,
        ]
      : []),
  ];
}

function comparison(known: PublishedSet, prepared: readonly PreparedSplit[]): string[] {
  const found = prepared.flatMap(({ split, summary }) =>
    differences(known, known.splits[split.name], summary).map(
      (what) => `  ${printable(split.name)}: ${what}`,
    ),
  );
  if (found.length === 0) return [`The counts match those published for ${known.name}.`];
  const more = found.length - SHOWN_DIFFERENCES;
  return [
    `The counts DIFFER from those published for ${known.name}:`,
    ...found.slice(0, SHOWN_DIFFERENCES),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function differences({ classes }: PublishedSet, split: PublishedSplit, summary: DatasetSummary): string[] {
  const { labels, images } = summary;
  const figures: (readonly [what: string, here: string, published: readonly string[]])[] = [
    ['images', count(images), split.images.map(count)],
    ['labels', count(labels.length), [count(classes)]],
  ];
  if (split.meanLabels) figures.push(['labels per image', meanLabels(summary), [split.meanLabels]]);
  if (split.meanListed)
    figures.push(['labels per image with repeats', meanListed(summary), [split.meanListed]]);
  if (split.classImages?.length === labels.length) {
    labels.forEach(({ name, images }, i) => {
      figures.push([`images of ${name}`, count(images), [count(split.classImages![i])]]);
    });
  }
  return figures
    .filter(([, here, published]) => !published.includes(here))
    .map(([what, here, published]) => `${here} ${what}, published ${published.join(' or ')}`);
}
