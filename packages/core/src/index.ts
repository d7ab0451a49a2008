export type { Batch, BatchPart, BatchSource, Examples, InputKind, NetworkInputs } from './contracts/batch.js';
export {
  builtInSource,
  checkedBatches,
  checkSource,
  notFiniteIn,
  type SourceRole,
} from './contracts/check-batch.js';
export { imagesOfShare, microBatches, splitBatch, type Share } from './contracts/split-batch.js';
export type { Backbone, FeaturesWithClassToken, PaddingRule, Penultimate } from './contracts/backbone.js';
export { applyHead } from './contracts/apply-head.js';
export type {
  AppliedHead,
  HeadHeatMaps,
  HeatMapKind,
  Head,
  HeadContext,
  LabelGraph,
  LabelMatrix,
  LabelReordering,
  OutputSpace,
  StoredParameterValues,
} from './contracts/head.js';
export type { BatchwiseLoss, ElementwiseLoss, LabelCounts, Loss } from './contracts/loss.js';
export type { OnnxAttribute, OnnxGraph, OnnxLayer, OnnxValue } from './contracts/onnx-graph.js';
export {
  defineBackbone,
  defineHead,
  defineLoss,
  type BackboneDefinition,
  type HeadDefinition,
  type LossDefinition,
  type OptionsSchema,
  type PartDefinition,
  type PartFile,
  type PartFileKind,
} from './contracts/part.js';
export {
  HALF,
  IMAGENET,
  MAX_SIDE,
  NORMALISATION_NAMES,
  normalisationName,
  NORMALISATIONS,
  tooShort,
  UNIT,
  unusableChannel,
  type ImageSize,
  type NormalisationName,
  type PixelNormalisation,
  type Preprocessing,
  type ResizeRule,
} from './contracts/preprocessing.js';
export {
  CheckpointError,
  DataError,
  DivergenceError,
  EngineError,
  FileError,
  InterruptedError,
  PartError,
  PolytagError,
  QueueError,
  UsageError,
} from './errors/errors.js';
export { LabelVocabulary, type ClassName } from './labels/label-vocabulary.js';
export { lookAlikeKey, lookAlikes, plainSpelling, visibleSpellings } from './labels/look-alikes.js';
export { fnv1a, philox, RandomStream, type RandomState } from './random/random-stream.js';
export {
  cameFrom,
  faultOf,
  inPart,
  isFromModule,
  notPromise,
  partTitle,
  reasonOf,
  sameOrigin,
  shapeText,
} from './parts/in-part.js';
export type { OwnKind } from './parts/in-part.js';
export { errorFromThread, failureOf, type ThreadFailure } from './errors/across-threads.js';
export { memoryText, sizeText } from './text/bytes.js';
export { counted, namedAbove } from './text/counted.js';
export { printable, printableJson } from './text/printable.js';
export { shellWord } from './text/shell-word.js';
export { isRecord } from './validation/is-record.js';
export { nearest } from './validation/nearest.js';
export { plainIssue } from './validation/plain-issue.js';
export { validate } from './validation/validate.js';
