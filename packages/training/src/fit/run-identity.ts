import type { RunIdentity } from '../run-folder/identity.js';
import type { FitOptions } from './fit.js';
import type { ModelLearner } from './learners.js';
import type { ResolvedSettings } from './resolve-settings.js';

/** What a run must be resumed with; of `training`, `mayDifferOnResume` names what may differ. */
export function runIdentity(
  { model, loss, train, seed }: FitOptions,
  settings: ResolvedSettings,
  [, ...auxiliary]: readonly ModelLearner[],
): RunIdentity {
  return {
    training: settings,
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
