import type { EvaluationReport } from '../evaluation-report.js';
import { percent, short } from '../figures.js';
import { markup, named, type Markup } from './markup.js';
import { rankedLabels, type RankedLabel } from './ranked-labels.js';

/** Every label with its figures, best average precision first. {@link SORT_SCRIPT} makes its headings buttons. */
export function labelTable(report: EvaluationReport): Markup {
  const { threshold, classThresholds } = report;
  const own = classThresholds !== undefined;
  const at = `score > ${short(threshold.value)}`;
  return markup`<section aria-labelledby="labels"><h2 id="labels">Labels</h2>
<p class="note">Per cent. AP: average precision. Precision, recall and F1 are those of the decisions “${at}”${own ? '; the last column is the F1 of those from the label’s own threshold on' : ''}. A label without images has no value.</p>
<div class="scroll" role="region" aria-labelledby="labels" tabindex="0"><table class="sortable" aria-labelledby="labels">
<thead><tr><th scope="col">label</th>${['images', 'AP', 'precision', 'recall', 'F1', ...(own ? ['threshold', 'F1 from it'] : [])].map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${rankedLabels(report).map((entry) => row(entry, own))}</tbody></table></div></section>`;
}

function row(entry: RankedLabel, own: boolean): Markup {
  const { label, positives, averagePrecision, precision, recall, f1, threshold, f1AtThreshold } = entry;
  const value = (fraction: number) => (positives === 0 ? '–' : percent(fraction));
  const cells = [
    String(positives),
    ...[averagePrecision, precision, recall, f1].map(value),
    ...(own ? [short(threshold!), value(f1AtThreshold!)] : []),
  ];
  return markup`<tr><th scope="row">${named(label)}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
}
