import { HISTOGRAM_STEPS } from '@polytag/metrics';
import type { EvaluationReport } from '../evaluation-report.js';
import { labelCurveCharts, overallCurveChart } from './curve-charts.js';
import { decisionData } from './decision-data.js';
import { FILTER_SCRIPT } from './filter-script.js';
import { headline } from './headline.js';
import type { HtmlDetails } from './html-details.js';
import { imagesOf } from './images-of.js';
import { labelTable } from './label-table.js';
import { markup } from './markup.js';
import { headlinePrecision } from '../headline-figures.js';
import { mistakeGallery } from './mistake-gallery.js';
import { htmlPage } from './page.js';
import { pairTable } from './pair-table.js';
import { precisionChart } from './precision-chart.js';
import { reliabilityChart } from './reliability-chart.js';
import { SORT_SCRIPT } from './sort-script.js';
import { thresholdPanel } from './threshold-panel.js';
import { THRESHOLD_SCRIPT } from './threshold-script.js';

/**
 * Formats a report as one self-contained HTML page: the figures with explanations, average precision of each label as
 * bars, and a sortable table; with `details` also curves, calibration, confused labels, the images with the worst
 * mistakes, and adjustable thresholds. The same report and details give the same bytes.
 *
 * @param details details of the same scores: `evaluationDetails` of @polytag/metrics
 */
export function toHtml(report: EvaluationReport, details?: HtmlDetails): string {
  const contents = [
    ['bars', 'Average precision by label'],
    ...(details ? [['decisions', 'Scores and decisions']] : []),
    ['labels', 'Labels'],
    ...(details
      ? [
          ['curves', 'Curves by label'],
          ['pairs', 'Confused labels'],
          ['mistakes', 'Worst mistakes'],
        ]
      : []),
  ];
  const shown = imagesOf(details ? [details.mistakes] : []);
  return htmlPage({
    title: `mAP ${headlinePrecision(report)}: ${report.model} on ${report.dataSet}`,
    main: markup`${headline(report)}
<nav aria-label="Contents">${contents.map(([id, name]) => markup`<a href="#${id}">${name}</a> `)}${details ? markup`<a href="#thresholds" id="threshold-link" hidden>Try thresholds</a>` : ''}</nav>
${precisionChart(report)}
${
  details
    ? markup`<section aria-labelledby="decisions"><h2 id="decisions">Scores and decisions</h2>
<div class="pair">${overallCurveChart(report, details)}${reliabilityChart(details.reliability)}</div></section>
`
    : ''
}${details ? thresholdPanel(report, HISTOGRAM_STEPS) : ''}
${labelTable(report)}
${
  details
    ? [
        labelCurveCharts(report, details),
        pairTable(report, details),
        mistakeGallery(report, details, details.imageAt),
      ]
    : ''
}`,
    scripts: [SORT_SCRIPT, FILTER_SCRIPT, ...(details ? [THRESHOLD_SCRIPT] : [])],
    ...(details && { data: { id: 'decision-data', value: decisionData(report, details, shown) } }),
  });
}
