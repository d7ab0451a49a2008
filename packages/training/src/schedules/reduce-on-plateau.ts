import { PLATEAU_DEFAULTS } from './defaults.js';
import type { Schedule } from './schedule.js';

export interface ReduceOnPlateauOptions {
  /** What must improve: the mean training `loss`, or the validation `mAP`. Default `loss`, the authors'. */
  readonly metric?: 'loss' | 'mAP';
  /** The rate is multiplied with this. Default 0.1. */
  readonly gamma?: number;
  /** Epochs without improvement that are let pass. Default 5. */
  readonly patience?: number;
  /** An improvement is by more than this part of the best so far. Default 2e-4. */
  readonly threshold?: number;
  /** The rate does not go below this part of the peak. Default 0.01. */
  readonly minFactor?: number;
  /** Epochs after which a rate that was never lowered is lowered once. Default: never. */
  readonly forceAfter?: number;
}

/**
 * Lowers the learning rate when a score stops improving (PyTorch's ReduceLROnPlateau), and once after `forceAfter`
 * epochs if that never happened (the authors'; docs/method.md#other-schedules). Its state is part of the checkpoint.
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Schedule {
  const {
    metric = PLATEAU_DEFAULTS.metric,
    gamma = PLATEAU_DEFAULTS.gamma,
    patience = PLATEAU_DEFAULTS.patience,
    threshold = PLATEAU_DEFAULTS.threshold,
  } = options;
  const { minFactor = 0.01 } = options;
  const { forceAfter = Infinity } = options;
  /** `best` is absent, not infinite, before the first epoch: JSON has no infinity. */
  let state: { factor: number; bad: number; epochs: number; best?: number } = {
    factor: 1,
    bad: 0,
    epochs: 0,
  };

  const isBetter = (score: number): boolean => {
    if (state.best === undefined) return true;
    return metric === 'loss' ? score < state.best * (1 - threshold) : score > state.best * (1 + threshold);
  };
  const lower = () => {
    state.factor = Math.max(state.factor * gamma, minFactor);
    state.bad = 0;
  };
  return {
    name: 'reduce-on-plateau',
    at: () => ({ factor: state.factor }),
    warmUpFinished: () => true,
    memory: {
      observe(scores) {
        state.epochs++;
        const score = scores[metric];
        if (score !== undefined) {
          const better = isBetter(score);
          if (better) state.best = score;
          state.bad = better ? 0 : state.bad + 1;
          if (state.bad > patience) lower();
        }
        if (state.epochs >= forceAfter && state.factor === 1) lower();
      },
      get state() {
        return { ...state };
      },
      restore(saved) {
        const { factor, bad, epochs, best } = saved;
        state = { factor, bad, epochs, ...(best !== undefined && { best }) };
      },
    },
  };
}
