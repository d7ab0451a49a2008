import type { EvaluationReport } from '../evaluation-report.js';
import { fit } from '../text-width.js';
import { images, place, roughPercent } from '../figures.js';
import { markup, type Markup } from './markup.js';
import { bothEnds, rankedLabels, type RankedLabel } from './ranked-labels.js';

/** Labels that get a bar; of more, the best and the worst. */
const MOST = 120;
/** Columns on a wide screen: a drawing each, under each other on a narrow one. */
const DRAWINGS = 3;
const LEAST_IN_DRAWING = 8;

const WIDTH = 340;
const ROW = 18;
const BAR = { left: 126, width: 146, height: 11 };
/** Columns of text that fit left of the bars. */
const LABEL_COLUMNS = 19;

/** Average precision of each label as a bar, best first, with the number of its images. */
export function precisionChart(report: EvaluationReport): Markup {
  const labels = rankedLabels(report).filter(({ positives }) => positives > 0);
  const shown = bothEnds(labels, MOST);
  const size = Math.max(Math.ceil(shown.length / DRAWINGS), LEAST_IN_DRAWING);
  const drawings: Markup[] = [];
  for (let start = 0; start < shown.length; start += size)
    drawings.push(drawing(shown.slice(start, start + size), `bars-${drawings.length + 1}`));
  const left = labels.length - shown.length;
  return markup`<section aria-labelledby="bars"><h2 id="bars">Average precision by label</h2>
<p class="note">Per cent; right of it, how many images have the label.${left > 0 ? ` The ${MOST / 2} best and the ${MOST / 2} worst; the ${left} between them are in the table.` : ''}</p>
${drawings.length > 0 ? markup`<div class="bars">${drawings}</div>` : markup`<p>No label has an image.</p>`}</section>`;
}

function drawing(labels: readonly RankedLabel[], id: string): Markup {
  const [first, last] = [labels[0], labels[labels.length - 1]];
  return markup`<svg role="img" aria-labelledby="${id}-title ${id}-desc" viewBox="0 0 ${WIDTH} ${labels.length * ROW}">
<title id="${id}-title">Average precision, ${first.label} to ${last.label}</title><desc id="${id}-desc">${labels.length} bars, from ${roughPercent(first.averagePrecision)} to ${roughPercent(last.averagePrecision)} per cent. The table of labels has the numbers.</desc>
${labels.map(bar)}</svg>`;
}

function bar({ label, positives, averagePrecision }: RankedLabel, row: number): Markup {
  const [top, base] = [row * ROW + 3, row * ROW + 12.5];
  const width = place(BAR.width * averagePrecision);
  return markup`<g><title>${label}: ${roughPercent(averagePrecision)}, ${images(positives)}</title><text class="end" x="${BAR.left - 6}" y="${base}">${fit(label, LABEL_COLUMNS).trimEnd()}</text><path class="track" d="M${BAR.left} ${top}h${BAR.width}v${BAR.height}h${-BAR.width}z"/><path class="bar" d="M${BAR.left} ${top}h${width}v${BAR.height}h${-width}z"/><text class="end" x="306" y="${base}">${roughPercent(averagePrecision)}</text><text class="tick end" x="${WIDTH}" y="${base}">${positives}</text></g>
`;
}
