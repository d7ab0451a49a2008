import type { RunIdentity } from '../run-folder/identity.js';
import type { FitOptions } from './fit.js';
import { settingsOfModels } from './trainable-models.js';
import type { ResolvedSettings } from './resolve-settings.js';

/** What a run must be resumed with; of `training`, `mayDifferOnResume` names what may differ. */
export function runIdentity(options: FitOptions, settings: ResolvedSettings): RunIdentity {
  const { model, auxiliary = [], loss, train, seed } = options;
  const [, ...own] = settingsOfModels(options, settings);
  return {
    training: settings,
    seed,
    loss: loss.name,
    scale: model.scale,
    labels: model.labels.names,
    images: train.size,
    batchesPerEpoch: train.batchesPerEpoch,
    ...(train.kind === 'feature-maps' && { content: train.kind }),
    ...(auxiliary.length > 0 && {
      auxiliary: auxiliary.map((one, i) => ({ training: own[i], scale: one.model.scale })),
    }),
  };
}
