import { counted, printable } from '@polytag/core';
import type { DatasetSummary } from '@polytag/datasets';
import { lookAlikeWarnings } from '../run/data-warnings.js';

/** What is in a label file: counts of images and labels, what looks wrong, then a row a label, the most frequent first. */
export function labelTable(file: string, summary: DatasetSummary): string {
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
    `${printable(file, Infinity)}: ${counted(summary.images, 'image')}, ${counted(summary.labels.length, 'label')}, ${summary.meanLabels.toFixed(2)} labels per image`,
    `  images by number of labels: ${summary.labelsPerImage.map((count, n) => `${n}: ${count}`).join(', ')}`,
    ...(summary.allNegative ? [`  ${counted(summary.allNegative, 'image')} without a label`] : []),
    ...(summary.emptyLabels.length
      ? [`  labels without an image: ${summary.emptyLabels.map((name) => printable(name)).join(', ')}`]
      : []),
    ...(unknown.length ? [`  labels that are not in "classes": ${unknown.join(', ')}`] : []),
    ...(summary.unknown
      ? [`  known: ${pairs - summary.unknown} of ${pairs} image-label pairs; the others are ignored`]
      : []),
    ...lookAlikeWarnings(summary.labels.map(({ name }) => name)).map((line) => `  ${line}`),
    `  ${'label'.padEnd(width)} ${'images'.padStart(7)} ${'occurrences'.padStart(12)}${summary.unknown ? `   known` : ''}`,
    ...rows,
    '',
  ].join('\n');
}
