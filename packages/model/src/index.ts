export { buildModel, type BuildModelOptions } from './build/build-model.js';
export { composes } from './build/composes.js';
export { readLabelGraph, type LabelGraphSources } from './build/label-graph.js';
export { builtInParts } from './config/built-in-parts.js';
export {
  labelGraphSchema,
  modelConfigSchema,
  partReferenceSchema,
  type LabelGraphConfig,
  type ModelConfig,
  type PartReference,
} from './config/model-config.js';
export {
  resolvePart,
  type AnyPartDefinition,
  type PartKind,
  type ResolvedPart,
  type ResolvePartOptions,
} from './config/resolve-part.js';
export { loadModel } from './folder/load-model.js';
export type { LoadModelOptions } from './folder/model-from-files.js';
export { modelFiles, saveModel, type SaveModelOptions } from './folder/save-model.js';
export { MultiLabelModel, type MultiLabelModelParts } from './multi-label-model.js';
export { agreeWithPublished, type ModelPlace, type PublishedUse } from './pretrained/agree-with-published.js';
export { findPublished, isPublishedName } from './pretrained/find-published.js';
export { publishedWeights, type PublishedWeights } from './pretrained/published-weights.js';
export type { ImageInput } from './prediction/images-tensor.js';
export type { LabelScore } from './prediction/label-score.js';
export { classNamesIn } from './weights/label-order.js';
export { matchKeys, type KeyMatch, type StoredParameter } from './weights/match-keys.js';
export { loadWeights, type LoadedWeights, type LoadWeightsOptions } from './weights/load-weights.js';
