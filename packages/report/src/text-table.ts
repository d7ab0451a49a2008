import { counted, printable } from '@polytag/core';
import type { FigureName } from '@polytag/metrics';
import type { EvaluationReport } from './evaluation-report.js';
import { count, percent, short } from './figures.js';
import {
  authorsPrecision,
  confidenceText,
  decisionRule,
  fewImages,
  fewNegatives,
  knownDecisions,
  frequencyLine,
  headlinePrecision,
  intervalText,
  overallLine,
} from './headline-figures.js';
import { fit, textWidth, wrapped } from './text-width.js';

export interface TextTableOptions {
  /** Columns of the terminal, at least 60. By default there is no limit: what is not a terminal has none. */
  readonly width?: number;
}

/** Widths of the number columns, with the two spaces before each. */
const COLUMNS = [9, 9, 11, 9, 9] as const;
const HEADINGS = ['images', 'AP', 'precision', 'recall', 'F1'] as const;
const LEAST_WIDTH = 60;

/**
 * Formats a report for a terminal, in percent: one row per label, best average precision first, then means and the
 * overall figures. Precision, recall and F1 of labels are at their own thresholds, if there are any. No line is wider
 * than `width` columns, in any script: long labels are cut, long lines wrap.
 */
export function toTextTable(report: EvaluationReport, options: TextTableOptions = {}): string {
  const width = Math.max(LEAST_WIDTH, options.width ?? Infinity);
  const numbers = COLUMNS.reduce((sum, column) => sum + column, 0);
  const longest = Math.max(5, ...report.classes.map(({ label }) => textWidth(printable(label, Infinity))));
  const labelWidth = Math.min(longest, width - numbers);
  const rule = '-'.repeat(labelWidth + numbers);
  const row = (label: string, cells: readonly string[]) =>
    fit(label, labelWidth) + cells.map((cell, i) => fit(cell, COLUMNS[i], 'right')).join('');

  const classes = report.classes
    .map((entry, k) => ({ ...entry, k }))
    .sort((a, b) => b.averagePrecision - a.averagePrecision || a.k - b.k);
  const { threshold, classThresholds } = report;
  const decisions = classThresholds ?? threshold;
  const lines = [
    row('label', HEADINGS),
    rule,
    ...classes.map((entry) =>
      row(entry.label, [
        String(entry.positives),
        entry.positives === 0 ? '-' : percent(entry.averagePrecision),
        percent(entry.precisionAtThreshold ?? entry.precision),
        percent(entry.recallAtThreshold ?? entry.recall),
        percent(entry.f1AtThreshold ?? entry.f1),
      ]),
    ),
    rule,
    row('mean', [
      '',
      headlinePrecision(report),
      percent(decisions.CP),
      percent(decisions.CR),
      percent(decisions.CF1MeanOfClasses),
    ]),
    ...wrapped(`Precision, recall and F1: a label is predicted ${decisionRule(report)}.`, width),
    '',
    ...wrapped(
      `${report.model} on ${report.dataSet}: ${counted(report.images, 'image')}, ${counted(report.labels, 'label')}`,
      width,
    ),
    `mAP ${headlinePrecision(report)}   exact match ${percent(report.exactMatch)} (score > ${short(threshold.value)})`,
    ...(classThresholds ? [overallLine('own thresholds', classThresholds)] : []),
    overallLine(`score > ${short(threshold.value)}`, threshold),
    overallLine('best 3', report.top3),
    overallLine('best 3, >= 0.5', report.top3AtLeastHalf),
    ...(report.frequencyGroups ?? [])
      .filter(({ labels }) => labels > 0)
      .map(frequencyLine)
      .map(({ group, value }) => `mAP ${value}   ${group}`),
    ...intervals(report, width),
    ...notes(report, width),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** The overall figures once more, each with between what it lies. */
function intervals(report: EvaluationReport, width: number): string[] {
  if (!report.intervals) return [];
  const { confidence, resamples, seed } = report.intervals;
  const shown = (name: string, value: number | null, figure: FigureName) => {
    const text = intervalText(report, figure);
    return text === undefined || value === null ? [] : [`${name} ${percent(value)} (${text})`];
  };
  const decisions = (name: string, rule: 'threshold' | 'top3' | 'top3AtLeastHalf' | 'classThresholds') =>
    report[rule]
      ? [
          [
            fit(name, 15),
            ...(['CF1', 'OF1', 'OP', 'OR'] as const).flatMap((figure) =>
              shown(figure, report[rule]![figure], `${rule}.${figure}`),
            ),
          ].join('  '),
        ]
      : [];
  const lines = [
    `${confidenceText(confidence)} intervals from ${count(resamples)} resamples of the images, seed ${seed}; they cover the choice of images`,
    [
      ...shown('mAP', report.mAPOccurring, 'mAPOccurring'),
      ...shown('exact match', report.exactMatch, 'exactMatch'),
    ].join('  '),
    ...decisions('own thresholds', 'classThresholds'),
    ...decisions(`score > ${short(report.threshold.value)}`, 'threshold'),
    ...decisions('best 3', 'top3'),
    ...decisions('best 3, >= 0.5', 'top3AtLeastHalf'),
  ];
  return ['', ...lines.flatMap((line) => wrapped(line, width)), ''];
}

function notes(report: EvaluationReport, width: number): string[] {
  const { emptyClasses, ignored } = report;
  const authors = authorsPrecision(report);
  const lines = [
    ...(authors ? [`${authors}: ${emptyClasses.join(', ')}`] : []),
    ...(authors
      ? [
          `In the row of means, AP covers the ${report.labels - emptyClasses.length} labels with images; precision, recall and F1 cover all ${report.labels}.`,
        ]
      : []),
    fewImages(report),
    ...(ignored > 0 ? [knownDecisions(report)] : []),
    fewNegatives(report),
  ];
  return lines.flatMap((line) => (line === undefined ? [] : wrapped(line, width)));
}
