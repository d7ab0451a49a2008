export type {
  DataFileReport,
  DataReport,
  DuplicateGroupReport,
  PicturesReport,
  SpreadReport,
  UnreadableImage,
} from './data-report.js';
export {
  comparedThresholds,
  comparison,
  comparisonJson,
  type ComparedFigure,
  type ComparedLabel,
  type Comparison,
  type ComparisonSubject,
} from './comparison.js';
export { toComparisonTable } from './comparison-table.js';
export {
  evaluationReport,
  toJson,
  type LabelReport,
  type Range,
  type EvaluationReport,
  type EvaluationSubject,
  type FrequencyGroupReport,
  type SummaryScores,
} from './evaluation-report.js';
export { dataPage } from './html/data-page.js';
export { SHOWN_GROUPS, SHOWN_IMAGES, type PictureAt } from './html/group-gallery.js';
export { explanationPage, type ExplainedImage, type Explanations } from './html/explanation-page.js';
export { comparisonPage } from './html/comparison-page.js';
export {
  labelIssuesPage,
  type LabelIssues,
  type SuspectedImage,
  type SuspectedLabel,
} from './html/label-issues-page.js';
export { markup, named, type Content, type Markup } from './html/markup.js';
export type { ShownImage } from './html/mistake-gallery.js';
export { htmlPage, isReportPage, type PageContent, type PageScript } from './html/page.js';
export { pictureAddress, type Thumbnail } from './html/picture.js';
export { shownImages, type DescribedImages, type ShownImagesOptions } from './html/shown-images.js';
export { SORT_SCRIPT } from './html/sort-script.js';
export type { HtmlDetails } from './html/html-details.js';
export { toHtml } from './html/to-html.js';
export { modelCard, type ModelCardFacts } from './model-card.js';
export { rangeChart, type RangeChartPoint } from './range-chart.js';
export { toTextTable, type TextTableOptions } from './text-table.js';
export { toThresholdTable, type EvaluationWithThresholds } from './threshold-table.js';
