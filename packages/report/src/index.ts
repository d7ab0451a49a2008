export {
  evaluationReport,
  toJson,
  type LabelReport,
  type EvaluationReport,
  type EvaluationSubject,
  type SummaryScores,
} from './evaluation-report.js';
export type { ShownImage, Thumbnail } from './html/mistake-gallery.js';
export { shownImages, type DescribedImages } from './html/shown-images.js';
export { toHtml, type HtmlDetails } from './html/to-html.js';
export { modelCard, type ModelCardFacts } from './model-card.js';
export { rangeChart, type RangeChartPoint } from './range-chart.js';
export { toTextTable, type TextTableOptions } from './text-table.js';
export { toThresholdTable, type EvaluationWithThresholds } from './threshold-table.js';
