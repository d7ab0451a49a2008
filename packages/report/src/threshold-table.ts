import { printable } from '@polytag/core';
import type { Evaluation, PrecisionRecall } from '@polytag/metrics';
import type { TextTableOptions } from './text-table.js';
import { percent } from './figures.js';
import { overallLine } from './headline-figures.js';
import { fit, textWidth } from './text-width.js';

/** Widths of the number columns, with the two spaces before each. */
const COLUMNS = [9, 11, 14, 9] as const;
const LEAST_WIDTH = 60;

/** An evaluation with thresholds. */
export type EvaluationWithThresholds = Evaluation & Required<Pick<Evaluation, 'classThresholds'>>;

/**
 * Compares F1 at each label's own threshold and at a common one, for a terminal, in percent: one row per label, best
 * average precision first, then the overall figures. Labels without images have none; thresholds from few images are
 * rough.
 */
export function toThresholdTable(
  evaluation: EvaluationWithThresholds,
  options: TextTableOptions = {},
): string {
  const { labels, positives, threshold, classThresholds: own, averagePrecision } = evaluation;
  const width = Math.max(LEAST_WIDTH, options.width ?? Infinity);
  const numbers = COLUMNS.reduce((sum, column) => sum + column, 0);
  const longest = Math.max(5, ...labels.map((label) => textWidth(printable(label, Infinity))));
  const labelWidth = Math.min(longest, width - numbers);
  const row = (label: string, cells: readonly string[]) =>
    fit(label, labelWidth) + cells.map((cell, i) => fit(cell, COLUMNS[i], 'right')).join('');
  const ofAll = `> ${threshold.value}`;
  const f1 = ({ perClass }: PrecisionRecall, k: number) =>
    positives[k] === 0 ? '-' : percent(perClass.f1[k]);
  const lines = [
    row('label', ['images', 'threshold', `F1 ${ofAll}`, 'F1']),
    '-'.repeat(labelWidth + numbers),
    ...labels
      .map((label, k) => ({ label, k }))
      .sort((a, b) => averagePrecision[b.k] - averagePrecision[a.k] || a.k - b.k)
      .map(({ label, k }) =>
        row(label, [String(positives[k]), own.values[k].toFixed(4), f1(threshold, k), f1(own, k)]),
      ),
    '',
    overallLine(`score ${ofAll}`, threshold),
    overallLine('own thresholds', own),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
