import { printable, RandomStream } from '@polytag/core';
import { measureSplit, type LabelledDataset, type SplitMeasures } from '@polytag/datasets';
import { alignedRows } from '../tables/aligned-rows.js';
import type { Division } from './divide.js';

/** Random divisions that one is compared with. */
const RANDOM = 10;
/** Labels that one line names. */
const SHOWN = 5;

/** How near the parts of a division are to the whole set, beside random parts of the same sizes. */
export function divisionTable(dataset: LabelledDataset, division: Division, seed: number): string {
  const images = Array.from(division.images, (i) => dataset.images[i]);
  const measure = (parts: Uint32Array) =>
    measureSplit(images, parts, { partCount: division.names.length, labelCount: dataset.labels.size });
  const ours = measure(division.parts);
  const random = Array.from({ length: RANDOM }, (_, n) => {
    const order = new RandomStream(seed, `random split/${n}`).permutation(images.length);
    return measure(Uint32Array.from(order, (i) => division.parts[i]));
  });
  const mean = (of: (measures: SplitMeasures) => number) =>
    random.reduce((sum, measures) => sum + of(measures), 0) / RANDOM;
  const distance = (value: number) => (Number.isFinite(value) ? value.toFixed(5) : 'infinite');
  const row = (name: string, of: (measures: SplitMeasures) => number, text: (value: number) => string) => [
    name,
    text(of(ours)),
    text(mean(of)),
  ];
  const rows = [
    ['difference of the parts from the whole set (0: none)', 'this split', 'random'],
    row('  in the frequency of each label', ({ LD }) => LD, distance),
    row('  in the frequency of each pair of labels', ({ LPD }) => LPD, distance),
    row(
      'labels without images in a part',
      ({ missing }) => missing.length,
      (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1)),
    ),
  ];
  const lines = alignedRows(rows, (column) => (column === 0 ? 'left' : 'right'));
  return `${[...lines, ...missingLines(dataset, division, ours)].join('\n')}\n`;
}

/** The labels that each part has no image of. */
function missingLines(
  { labels }: LabelledDataset,
  { names }: Division,
  { missing }: SplitMeasures,
): string[] {
  const lines = names.flatMap((name, part) => {
    const without = missing.filter((one) => one.part === part).map(({ label }) => labels.names[label]);
    if (without.length === 0) return [];
    const shown = without.slice(0, SHOWN).map((label) => printable(label));
    const more = without.length > SHOWN ? `, and ${without.length - SHOWN} more` : '';
    return [`  none in ${name}: ${shown.join(', ')}${more}`];
  });
  if (lines.length === 0) return [];
  const advice =
    'such labels cannot be trained or evaluated in that part: add photographs, or use larger or fewer parts';
  return [...lines, `  ${advice}`];
}
