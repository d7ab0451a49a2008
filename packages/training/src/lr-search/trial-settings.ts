import type { TrainingSettings } from '../settings/training-settings.js';

/**
 * The settings that a search trains with (docs/method.md#tpe): the base optimiser instead of SAM, one parameter
 * group, no schedule, no average. Everything else is the run's.
 */
export function trialSettings(
  settings: TrainingSettings,
  { epochs, learningRate }: { readonly epochs: number; readonly learningRate: number },
): TrainingSettings {
  return {
    ...settings,
    epochs,
    learningRate,
    sam: false,
    noBiasDecay: false,
    warmUp: false,
    ema: false,
    earlyStopping: false,
    evaluateEvery: 1,
    keepEvery: 0,
    schedule: { name: 'constant' },
  };
}
