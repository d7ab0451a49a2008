import type { RunIdentity } from '../run-folder/checkpoint.js';
import type { FitOptions } from './fit.js';
import type { ModelLearner } from './learners.js';
import type { ResolvedSettings } from './resolve-settings.js';

/** What a run must be resumed with. How often it is saved may change, and what `microBatch` was chosen by. */
export function runIdentity(
  { model, loss, train, seed }: FitOptions,
  settings: ResolvedSettings,
  [, ...auxiliary]: readonly ModelLearner[],
): RunIdentity {
  return {
    training: { ...settings, checkpointEvery: 'any', keepEvery: 'any', maxHeap: 'any' },
    seed,
    loss: loss.name,
    scale: model.scale,
    labels: model.labels.names,
    images: train.size,
    batchesPerEpoch: train.batchesPerEpoch,
    ...(train.content === 'feature-maps' && { content: train.content }),
    ...(auxiliary.length > 0 && {
      auxiliary: auxiliary.map(({ settings: own, scale }) => ({ training: own, scale })),
    }),
  };
}
