import { printable } from '@polytag/core';
import type { Interval } from '@polytag/metrics';
import { signed, type Comparison } from './comparison.js';
import { count, images, percent } from './figures.js';
import { confidenceText } from './headline-figures.js';
import type { TextTableOptions } from './text-table.js';
import { fit, textWidth, wrapped } from './text-width.js';

/** Widths of the number columns, with the two spaces before each. */
const COLUMNS = [9, 9, 9, 9, 19] as const;
const LEAST_WIDTH = 72;

/**
 * Formats a comparison for a terminal, in percent: the figures, each label (largest difference first, labels with few
 * images last and without an interval), and the verdict.
 */
export function toComparisonTable(compared: Comparison, options: TextTableOptions = {}): string {
  const width = Math.max(LEAST_WIDTH, options.width ?? Infinity);
  const numbers = COLUMNS.reduce((sum, column) => sum + column, 0);
  const names = [
    ...compared.figures.map(({ name, at }) => `${name} ${at}`),
    ...compared.classes.map(({ label }) => label),
  ];
  const longest = Math.max(12, ...names.map((name) => textWidth(printable(name, Infinity))));
  const labelWidth = Math.min(longest, width - numbers);
  const row = (name: string, cells: readonly string[]) =>
    fit(name, labelWidth) + cells.map((cell, i) => fit(cell, COLUMNS[i], 'right')).join('');
  const rule = '-'.repeat(labelWidth + numbers);
  const values = (first: number, second: number, difference: Interval) => [
    percent(first),
    percent(second),
    signed(difference.estimate),
    `${signed(difference.from)} to ${signed(difference.to)}`,
  ];
  const classes = [...compared.classes].sort(
    (a, b) =>
      Number(a.hasFewImages) - Number(b.hasFewImages) ||
      Math.abs(b.difference.estimate) - Math.abs(a.difference.estimate),
  );
  const { confidence, resamples, seed } = compared;
  const sure = confidenceText(confidence);
  const lines = [
    ...wrapped(`A: ${compared.first}`, width),
    ...wrapped(`B: ${compared.second}`, width),
    ...wrapped(
      `on ${compared.dataSet}: ${images(compared.images)}; intervals of ${count(resamples)} paired resamples, seed ${seed}`,
      width,
    ),
    '',
    row('', ['', 'A', 'B', 'B - A', `${sure} interval`]),
    rule,
    ...compared.figures.map(({ name, at, first, second, difference }) =>
      row(`${name} ${at}`, ['', ...values(first, second, difference)]),
    ),
    '',
    row('label', ['images', 'AP of A', 'AP of B', 'B - A', `${sure} interval`]),
    rule,
    ...classes.map(({ label, positives, hasFewImages, first, second, difference }) => {
      const [a, b, both, interval] = values(first, second, difference);
      return row(label, [String(positives), a, b, both, hasFewImages ? 'too few images' : interval]);
    }),
    '',
    ...compared.verdict.flatMap((sentence) => wrapped(sentence, width)),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
