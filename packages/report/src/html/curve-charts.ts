import type { EvaluationDetails, PrecisionRecallCurve } from '@polytag/metrics';
import type { EvaluationReport, SummaryScores } from '../evaluation-report.js';
import { images, place, roughPercent, short } from '../figures.js';
import { markup, named, type Markup } from './markup.js';
import { bothEnds, rankedLabels, type RankedLabel } from './ranked-labels.js';
import { stepPath } from './step-path.js';
import { acrossUnit, UNIT_AREA, unitChart, upUnit } from './unit-chart.js';

/** Labels that get a small chart; of more, the best and the worst. */
const MOST_CURVES = 100;
/** Recalls that a small curve is read at; a label with fewer images is drawn exactly. */
const SMALL_STEPS = 50;
const SMALL = { left: 1, top: 1, width: 98, height: 68 };

/** Precision against recall of all decisions together, with the points that the figures are of. */
export function overallCurveChart(report: EvaluationReport, { overallCurve }: EvaluationDetails): Markup {
  const { threshold, classThresholds, top3 } = report;
  const points: { readonly name: string; readonly shape: Shape; readonly at: SummaryScores }[] = [
    { name: `score > ${short(threshold.value)}`, shape: 'circle', at: threshold },
    ...(classThresholds ? [{ name: 'own thresholds', shape: 'diamond' as const, at: classThresholds }] : []),
    { name: 'top 3', shape: 'square', at: top3 },
  ];
  const told = points.map(
    ({ name, at: { OP, OR } }) => `${name}: precision ${roughPercent(OP)}, recall ${roughPercent(OR)}`,
  );
  const chart = unitChart({
    id: 'overall',
    title: 'Precision against recall of all decisions',
    description: `${told.join('; ')}. Per cent.`,
    across: 'recall %',
    up: 'precision %',
    content: [
      markup`<path class="curve" d="${stepPath(overallCurve, UNIT_AREA, 150)}"/>`,
      ...points.map(({ shape, at: { OP, OR } }) => marker(shape, acrossUnit(OR), upUnit(OP))),
    ],
  });
  return markup`<figure><h3>Precision against recall</h3>${chart}
<figcaption><p>All decisions together; one threshold for all labels falls from left to right.</p>
<ul class="legend">${points.map(({ shape }, i) => markup`<li><svg class="key" aria-hidden="true" viewBox="0 0 14 14">${marker(shape, 7, 7)}</svg>${told[i]}</li>`)}</ul></figcaption></figure>`;
}

type Shape = 'circle' | 'diamond' | 'square';

function marker(shape: Shape, x: number, y: number): Markup {
  const [across, up] = [place(x), place(y)];
  if (shape === 'circle') return markup`<circle class="marker" cx="${across}" cy="${up}" r="5"/>`;
  const outline = shape === 'square' ? 'm-4.5-4.5h9v9h-9z' : 'm0-6 6 6-6 6-6-6z';
  return markup`<path class="marker" d="M${across} ${up}${outline}"/>`;
}

/** A small curve for each label, best average precision first. */
export function labelCurveCharts(report: EvaluationReport, { curves }: EvaluationDetails): Markup {
  const labels = rankedLabels(report).filter(({ index }) => curves[index].recall.length > 0);
  const shown = bothEnds(labels, MOST_CURVES);
  return markup`<section aria-labelledby="curves"><h2 id="curves">Precision against recall by label</h2>
<p class="note">Recall from left to right, precision upwards, each from 0 to 100 %. Not smoothed: up to ${SMALL_STEPS} images, and where no two scores are equal, the filled area is the average precision.${shown.length < labels.length ? ` The ${MOST_CURVES / 2} best and the ${MOST_CURVES / 2} worst labels.` : ''}</p>
${
  shown.length > 0
    ? markup`<ul class="curves">
${shown.map((label) => smallCurve(label, curves[label.index]))}</ul>`
    : markup`<p>No label has an image.</p>`
}</section>`;
}

function smallCurve(
  { label, averagePrecision, positives }: RankedLabel,
  curve: PrecisionRecallCurve,
): Markup {
  const { left, top, width, height } = SMALL;
  const line = stepPath(curve, SMALL, SMALL_STEPS);
  const title = `Precision against recall of ${label}`;
  return markup`<li data-filter="${label}"><svg role="img" viewBox="0 0 100 70"><title>${title}</title><path class="frame" d="M${left} ${top}h${width}v${height}h${-width}z"/><path class="area" d="${line}V${top + height}H${left}z"/><path class="curve" d="${line}"/></svg><span class="name">${named(label)}</span><span class="note">AP ${roughPercent(averagePrecision)}, ${images(positives)}</span></li>
`;
}
