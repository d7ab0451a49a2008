/** What works in a browser: training on this thread, without a run folder. */
export { featureMapsOf, meanOfCells } from './features/feature-maps.js';
export {
  featureSource,
  type FeatureReader,
  type FeatureSource,
  type FeatureSourceParts,
} from './features/feature-source.js';
export { fitInMemory, type MemoryFitResult } from './fit/fit-in-memory.js';
export type { FitEvent } from './fit/fit-event.js';
export type { RunOptions } from './fit/fit-options.js';
export { FEATURES_RECIPE } from './recipes/features-recipe.js';
export type { EpochMetrics } from './run-folder/metrics-log.js';
export type { ModelFolderFiles } from './run-folder/memory-keeper.js';
export { lossForLabels } from './step/loss-value.js';
export type { BestWeights } from './selection/selection.js';
