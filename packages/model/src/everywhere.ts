/** What works in Node and in browsers alike. */
export { buildModel, type BuildModelOptions } from './build/build-model.js';
export { assertSameSpace } from './build/assert-same-space.js';
export { builtInParts } from './config/built-in-parts.js';
export { ownTitle } from './config/own-part.js';
export * from './config/model-config.js';
export { resolvePart, type ResolvePartOptions } from './config/resolve-part.js';
export type { AnyPartDefinition, PartKind, ResolvedPart } from './config/resolved-part.js';
export { filesOfModel, type FilesOfModelOptions } from './folder/files-of-model.js';
export type { LoadModelOptions } from './folder/saved-part.js';
export { MODEL_FILES, modelFromFiles } from './folder/model-from-files.js';
export type { ExplainOptions } from './explanation/explain-options.js';
export { heatMapPeak, heatMapPixels, type HeatMap } from './explanation/heat-map.js';
export { MultiLabelModel, type MultiLabelModelParts } from './multi-label-model.js';
export type { ImageInput, PredictOptions } from './prediction/images-tensor.js';
export { aboveThreshold, best, type LabelScore } from '@polytag/metrics';
export { continueHead, type ContinuedHead } from './weights/continue-head.js';
export { TrainedImages, type KnownTraining } from './folder/trained-images.js';
