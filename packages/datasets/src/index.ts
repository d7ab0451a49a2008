export type { LabelledDataset, LabelledImage, LabelledImages } from './dataset/labelled-dataset.js';
export { labelFileText } from './formats/label-file/label-file-text.js';
export { labelledImage } from './formats/label-file/labelled-image.js';
export { labelFileEntry, parseLabelFile, type LabelFile } from './formats/label-file/parse-label-file.js';
export { labelFileJsonSchema } from './formats/label-file/label-file-schema.js';
export {
  labelFileContent,
  placeImages,
  readLabelFile,
  type ReadLabelFileOptions,
} from './formats/label-file/read-label-file.js';
export { readJson, type JsonOptions } from './formats/json/read-json.js';
export { correctLabelFile, type Correction } from './formats/label-file/correct-label-file.js';
export { columnOf, parseCsv, type CsvRow, type CsvTable } from './formats/csv/parse-csv.js';
export { writeLabelFile, type WriteLabelFileOptions } from './formats/label-file/write-label-file.js';
export { readCoco, type CocoOptions } from './formats/coco/read-coco.js';
export type { CsvLayout } from './formats/csv/columns.js';
export { readCsv, type CsvOptions, type UnknownAs } from './formats/csv/read-csv.js';
export { readDatumaro, type DatumaroOptions } from './formats/datumaro/read-datumaro.js';
export { readJsonl, type JsonlOptions } from './formats/jsonl/read-jsonl.js';
export { readLabelStudio, type LabelStudioOptions } from './formats/label-studio/read-label-studio.js';
export type { SeveralAnnotators } from './formats/label-studio/combine-annotations.js';
export { readFolder, type FolderOptions, type NestedFolders } from './formats/folder/read-folder.js';
export type { LabelledSplit, SplitReaderOptions } from './formats/labelled-split.js';
export { normaliseLabels } from './formats/normalise-labels.js';
export { readNusWide, type NusWideOptions } from './formats/nus-wide/read-nus-wide.js';
export { assertSameLabels } from './formats/same-labels.js';
export { labelCounts } from './dataset/label-counts.js';
export { assertSomethingKnown } from './dataset/assert-something-known.js';
export { summarise, type DatasetSummary, type LabelSummary } from './dataset/summarise.js';
export { readVg500, type Vg500Options } from './formats/vg500/read-vg500.js';
export { readVoc, VOC_CLASSES, type VocOptions } from './formats/voc/read-voc.js';
export { augmentImage, isMirrored, type EpochAugmentation } from './images/augment/augment-image.js';
export {
  augmentationSchema,
  type Augmentation,
  type AugmentationInput,
  type MixSettings,
} from './images/augment/augmentation-settings.js';
export { contactSheet, type ContactSheet, type ContactSheetOptions } from './images/augment/contact-sheet.js';
export { cutoutArea } from './images/augment/cutout.js';
export { drawRandAugment, type DrawnOperation } from './images/augment/rand-augment.js';
export {
  RAND_AUGMENT_OPERATIONS,
  type RandAugmentOperation,
  type RandAugmentOperationName,
} from './images/augment/rand-augment-operations.js';
export {
  BYTES_PER_PIXEL,
  decodeImage,
  MAX_PIXELS,
  readImage,
  readImageFile,
  type DecodeOptions,
  type RgbImage,
} from './images/decode-image.js';
export {
  encodeOverlay,
  encodePng,
  readOverlaid,
  readThumbnail,
  type OverlayImage,
} from './images/encode-image.js';
export { imageFormat, type ImageFormat } from './images/image-format.js';
export { normaliser, type Normaliser } from './images/normalise.js';
export { prepareImage, type ImageSource } from './images/prepare-image.js';
export { rowsOfImages, type BatchedImage, type RowsOfImagesOptions } from './images/rows-of-images.js';
export { resizeBicubic, type ImageWindow } from './images/resize-bicubic.js';
export { resizeBilinear } from './images/resize-bilinear.js';
export { centreOf, resizeImage, shortSideSize } from './images/resize-image.js';
export { cooccurrence } from './dataset/cooccurrence.js';
export { isImageName } from './image-paths/listed-image.js';
export { listImages } from './image-paths/list-images.js';
export type { ListedImage } from './image-paths/listed-image.js';
export { readPathList } from './image-paths/read-path-list.js';
export { labelGraph, oneHotWordVectors } from './dataset/label-graph.js';
export type { BadImage } from './loader/bad-image.js';
export { batchPlan, type BatchPlan, type BatchPlanOptions, type PlannedBatch } from './loader/batch-plan.js';
export { checkImages, type CheckedImages, type CheckImagesOptions } from './loader/check-images.js';
export { decodePaths, type DecodedPaths, type DecodePathsOptions } from './loader/decode-paths.js';
export {
  imageDecoder,
  type DecodedImages,
  type ImageDecoder,
  type ImageDecoderOptions,
} from './loader/image-decoder.js';
export { mapAhead } from './loader/map-ahead.js';
export { decodeViews, type DecodedViews, type DecodeViewsOptions } from './loader/decode-views.js';
export { threadArguments } from './loader/pool-threads.js';
export type { PixelCache } from './loader/pixel-cache.js';
export type { Mix } from './loader/mix/draw-mix.js';
export { mixTargets } from './loader/mix/mix-targets.js';
export { repeatFactors, type BalancedSampling } from './loader/repeat-factors.js';
export { openLoader, type Loader, type LoaderOptions } from './loader/open-loader.js';
export { targetsOf } from './dataset/targets-of.js';
export { contentDigest } from './dataset/content-digest.js';
export { contentDigests } from './dataset/file-content.js';
export { sharedImages, type SharedImage } from './dataset/shared-images.js';
export { partOfLabelFile } from './split/part-of-label-file.js';
export { readGroups, type ImageGroups } from './split/read-groups.js';
export { measureSplit, type SplitMeasures } from './split/split-measures.js';
export type { SplitImage } from './split/split-items.js';
export { stratifiedSplit, type StratifiedSplitOptions } from './split/stratified-split.js';
export { DisjointSets } from './duplicates/disjoint-sets.js';
export { findDuplicates, type DuplicatePair, type Duplicates } from './duplicates/find-duplicates.js';
export type { Fingerprint } from './duplicates/fingerprint.js';
export {
  nearDuplicateGroups,
  type NearDuplicateOptions,
  type NearDuplicates,
} from './duplicates/near-duplicate-groups.js';
export { examineImages, type ExaminedImages, type ExamineOptions } from './examination/examine-images.js';
export type { ExaminedImage } from './examination/examine-worker.js';
export type { ColourSpace, ImageFacts } from './examination/image-facts.js';
export { duplicateGroups, type DuplicateGroup, type DuplicateImage } from './findings/duplicate-findings.js';
export { FEW_IMAGES, labelFindings, type LabelFindings } from './findings/label-findings.js';
export { pictureStatistics, type PictureStatistics, type Spread } from './findings/picture-statistics.js';
export { writeWithoutImages } from './formats/label-file/write-without-images.js';
