/** What works in a browser: label files as text, images one at a time, without files and threads. */
export * from './images/index.js';
export { decodeImage, readImage } from './images/decode-image.browser.js';
export { imageFormat, type ImageFormat } from './images/image-format.js';
export type { LabelledDataset, LabelledImage, LabelledImages } from './dataset/labelled-dataset.js';
export { contentDigest } from './dataset/content-digest.js';
export { labelCounts } from './dataset/label-counts.js';
export { targetsOf } from './dataset/targets-of.js';
export { labelFileText } from './formats/label-file/label-file-text.js';
export { labelledImage } from './formats/label-file/labelled-image.js';
export { labelFileEntry, parseLabelFile, type LabelFile } from './formats/label-file/parse-label-file.js';
export { batchPlan, type BatchPlan, type BatchPlanOptions } from './loader/batch-plan.js';
export type { SplitImage } from './split/split-items.js';
export { stratifiedSplit, type StratifiedSplitOptions } from './split/stratified-split.js';
