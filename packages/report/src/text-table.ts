import { printable } from '@polytag/core';
import type { EvaluationReport } from './evaluation-report.js';
import { percent, short } from './figures.js';
import { overallLine } from './overall-line.js';
import { fit, textWidth } from './text-width.js';

export interface TextTableOptions {
  /** Columns of the terminal, at least 60. Default 80. */
  readonly width?: number;
}

/** Widths of the number columns, with the two spaces before each. */
const COLUMNS = [9, 9, 11, 9, 9] as const;
const HEADINGS = ['images', 'AP', 'precision', 'recall', 'F1'] as const;
const LEAST_WIDTH = 60;

/**
 * The report for a terminal: a row for each label, best average precision first, a row of means, and the
 * overall figures. Per cent. No line is wider than `width` columns, whatever script the labels are written in.
 */
export function toTextTable(report: EvaluationReport, options: TextTableOptions = {}): string {
  const width = Math.max(LEAST_WIDTH, options.width ?? 80);
  const numbers = COLUMNS.reduce((sum, column) => sum + column, 0);
  const longest = Math.max(5, ...report.classes.map(({ label }) => textWidth(printable(label, Infinity))));
  const labelWidth = Math.min(longest, width - numbers);
  const rule = '-'.repeat(labelWidth + numbers);
  const row = (label: string, cells: readonly string[]) =>
    fit(label, labelWidth) + cells.map((cell, i) => fit(cell, COLUMNS[i], 'right')).join('');

  const classes = report.classes
    .map((entry, k) => ({ ...entry, k }))
    .sort((a, b) => b.averagePrecision - a.averagePrecision || a.k - b.k);
  const { threshold } = report;
  const lines = [
    row('label', HEADINGS),
    rule,
    ...classes.map((entry) =>
      row(entry.label, [
        String(entry.positives),
        entry.positives === 0 ? '-' : percent(entry.averagePrecision),
        percent(entry.precision),
        percent(entry.recall),
        percent(entry.f1),
      ]),
    ),
    rule,
    row('mean', [
      '',
      percent(report.mAP),
      percent(threshold.CP),
      percent(threshold.CR),
      percent(threshold.CF1MeanOfClasses),
    ]),
    '',
    cut(`${report.model} on ${report.dataSet}: ${report.images} images, ${report.labels} labels`, width),
    `mAP ${percent(report.mAP)}   exact match ${percent(report.exactMatch)}`,
    overallLine(`score > ${short(threshold.value)}`, threshold),
    overallLine('best 3', report.top3),
    overallLine('best 3, >= 0.5', report.top3AtLeastHalf),
    ...(report.classThresholds ? [overallLine('own thresholds', report.classThresholds)] : []),
    ...notes(report, width),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function notes({ emptyClasses, mAPSkipEmpty, ignored }: EvaluationReport, width: number): string[] {
  const lines: string[] = [];
  if (emptyClasses.length > 0) {
    lines.push(cut(`Without a single image, 0 in the mAP: ${emptyClasses.join(', ')}`, width));
    if (mAPSkipEmpty !== null) lines.push(`mAP of the other labels: ${percent(mAPSkipEmpty)}`);
  }
  if (ignored > 0) lines.push(`Elements not judged: ${ignored}`);
  return lines;
}

function cut(text: string, width: number): string {
  return fit(text, Math.min(width, textWidth(printable(text, Infinity))));
}
