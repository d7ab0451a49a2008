import { sideOf, signed, type ComparedLabel, type Comparison } from '../comparison.js';
import { count, images, percent, place } from '../figures.js';
import { FEW_POSITIVES } from '@polytag/metrics';
import { confidenceText } from '../headline-figures.js';
import { fit } from '../text-width.js';
import { FILTER_SCRIPT } from './filter-script.js';
import { markup, named, type Content, type Markup } from './markup.js';
import { htmlPage } from './page.js';
import { SORT_SCRIPT } from './sort-script.js';

/** Labels that get a line in the drawing: those with the largest differences. */
const MOST = 60;

const STYLE = `.verdict li{margin:.3rem 0}.interval{stroke:var(--accent);stroke-width:2}.zero{stroke:var(--muted)}.differences{max-width:46rem}`;

/**
 * Formats a comparison as one self-contained HTML page: the verdict, the figures of both sides, a chart of the labels
 * with the largest differences, and a sortable table of all labels.
 */
export function comparisonPage(compared: Comparison): string {
  const { first, second, dataSet, confidence, resamples, seed, figures, classes, verdict } = compared;
  const sure = confidenceText(confidence);
  const heads = ['A', 'B', 'B − A', `${sure} interval from`, 'to'];
  return htmlPage({
    title: `${first} and ${second} on ${dataSet}`,
    style: STYLE,
    main: markup`<header><h1>Comparison</h1>
<dl class="subject"><div><dt>A</dt><dd>${named(first)}</dd></div><div><dt>B</dt><dd>${named(second)}</dd></div><div><dt>Data set</dt><dd>${named(dataSet)}</dd></div><div><dt>Size</dt><dd>${images(compared.images)}, ${count(classes.length)} labels with images</dd></div></dl></header>
<section aria-labelledby="verdict"><h2 id="verdict">Result</h2>
<ul class="verdict">${verdict.map((sentence) => markup`<li>${sentence}</li>`)}</ul>
<p class="note">Both sides use the same ${count(resamples)} resamples of the images (seed ${seed}). The intervals cover the choice of images, not the randomness of training.</p></section>
<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
${table('figures', 'figure', heads, figures, ({ name, at, ...values }) => ({ name: markup`${name} ${at}`, cells: cellsOf(values) }))}</section>
${drawing(classes, sure)}
<section aria-labelledby="labels"><h2 id="labels">Labels</h2>
<p class="note">Average precision in per cent, in the order of the labels.${classes.some(({ hasFewImages }) => hasFewImages) ? ` A label with fewer than ${FEW_POSITIVES} images has no interval: they are too few to show a difference.` : ''}</p>
<p hidden><label for="label-filter">Show labels with</label> <input type="search" id="label-filter"/> <span class="note" role="status" id="label-filter-told"></span></p>
${table('labels', 'label', ['images', ...heads], classes, ({ label, positives, hasFewImages, ...values }) => ({ name: named(label), filter: label, cells: [String(positives), ...(hasFewImages ? [...cellsOf(values).slice(0, 3), '–', '–'] : cellsOf(values))] }))}</section>`,
    scripts: [SORT_SCRIPT, FILTER_SCRIPT],
  });
}

const cellsOf = ({ first, second, difference }: Pick<ComparedLabel, 'first' | 'second' | 'difference'>) => [
  percent(first),
  percent(second),
  ...[difference.estimate, difference.from, difference.to].map(signed),
];

function table<Row>(
  section: string,
  head: string,
  heads: readonly string[],
  rows: readonly Row[],
  of: (row: Row) => { readonly name: Content; readonly filter?: string; readonly cells: readonly string[] },
): Markup {
  return markup`<div class="scroll" role="group" aria-labelledby="${section}" tabindex="0"><table class="sortable" aria-labelledby="${section}">
<thead><tr><th scope="col">${head}</th>${heads.map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => {
  const { name, filter, cells } = of(row);
  return markup`<tr${filter === undefined ? '' : markup` data-filter="${filter}"`}><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
})}</tbody></table></div>`;
}

const [WIDTH, ROW, HEAD] = [700, 18, 24];
const AXIS = { left: 190, width: 420 };
const LABEL_COLUMNS = 26;

/** The differences of average precision with their intervals, from the best for B to the best for A. */
function drawing(classes: readonly ComparedLabel[], sure: string): Markup {
  const judged = classes.filter(({ hasFewImages }) => !hasFewImages);
  const shown = [...judged]
    .sort((a, b) => Math.abs(b.difference.estimate) - Math.abs(a.difference.estimate))
    .slice(0, MOST)
    .sort((a, b) => b.difference.estimate - a.difference.estimate);
  if (shown.length === 0) return markup``;
  const most = Math.max(
    ...shown.flatMap(({ difference: { from, to } }) => [Math.abs(from), Math.abs(to)]),
    0.01,
  );
  const x = (difference: number) => place(AXIS.left + (AXIS.width * (difference / most + 1)) / 2);
  const height = HEAD + shown.length * ROW;
  const left = judged.length - shown.length;
  return markup`<section aria-labelledby="differences"><h2 id="differences">Average precision by label: B − A</h2>
<p class="note">Per cent points, each with its ${sure} interval; right of the line B is better.${left > 0 ? ` The ${MOST} labels that differ most.` : ''}</p>
<svg class="differences" role="img" aria-labelledby="differences-title differences-desc" viewBox="0 0 ${WIDTH} ${height}">
<title id="differences-title">Difference of average precision by label</title><desc id="differences-desc">${shown.length} labels, from ${signed(shown[0].difference.estimate)} to ${signed(shown.at(-1)!.difference.estimate)} per cent points. The table of labels has the numbers.</desc>
${[-1, 0, 1].map((end) => markup`<text class="tick middle" x="${x(end * most)}" y="14">${signed(end * most)}</text>`)}
<path class="zero" d="M${x(0)} ${HEAD - 4}V${height}"/>
${shown.map(({ label, difference }, i) => {
  const { estimate, from, to } = difference;
  const y = HEAD + i * ROW + ROW / 2;
  const told = sideOf(difference) === 0 ? 'too close to call' : estimate > 0 ? 'B is better' : 'A is better';
  return markup`<g><title>${label}: ${signed(estimate)} (${signed(from)} to ${signed(to)}), ${told}</title><text class="end" x="${AXIS.left - 8}" y="${y + 4}">${fit(label, LABEL_COLUMNS).trimEnd()}</text><path class="interval" d="M${x(from)} ${y}H${x(to)}"/><circle class="marker" cx="${x(estimate)}" cy="${y}" r="4"/><text x="${AXIS.left + AXIS.width + 12}" y="${y + 4}">${signed(estimate)}</text></g>
`;
})}</svg></section>`;
}
