import type { EvaluationReport } from '../evaluation-report.js';
import { percent, short } from '../figures.js';
import { decisionRule } from '../headline-figures.js';
import { markup, named, type Markup } from './markup.js';
import { rankedLabels, type RankedLabel } from './ranked-labels.js';

/**
 * Every label with its figures, best average precision first. {@link SORT_SCRIPT} makes its headings buttons,
 * {@link FILTER_SCRIPT} hides rows, {@link THRESHOLD_SCRIPT} rewrites the cells that depend on the threshold.
 */
export function labelTable(report: EvaluationReport): Markup {
  const { threshold } = report;
  return markup`<section aria-labelledby="labels"><h2 id="labels">Labels</h2>
<p class="note">Per cent. AP: average precision. Precision, recall and F1: a label is predicted <span id="decision-rule">${decisionRule(report)}</span>. A label without images has no value.</p>
<p hidden><label for="label-filter">Show labels with</label> <input type="search" id="label-filter"/> <span class="note" role="status" id="label-filter-told"></span></p>
<div class="scroll" role="group" aria-labelledby="labels" tabindex="0"><table class="sortable" aria-labelledby="labels">
<thead><tr><th scope="col">label</th>${['images', 'AP', 'threshold', 'precision', 'recall', 'F1'].map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${rankedLabels(report).map((entry) => row(entry, threshold.value))}</tbody></table></div></section>`;
}

function row(entry: RankedLabel, threshold: number): Markup {
  const { index, label, positives, averagePrecision } = entry;
  const value = (fraction: number) => (positives === 0 ? '–' : percent(fraction));
  const live = Object.entries({
    threshold: short(entry.threshold ?? threshold),
    precision: value(entry.precisionAtThreshold ?? entry.precision),
    recall: value(entry.recallAtThreshold ?? entry.recall),
    f1: value(entry.f1AtThreshold ?? entry.f1),
  });
  return markup`<tr data-label="${index}" data-filter="${label}"><th scope="row">${named(label)}</th><td>${positives}</td><td>${value(averagePrecision)}</td>${live.map(([name, text]) => markup`<td data-live="${name}">${text}</td>`)}</tr>
`;
}
