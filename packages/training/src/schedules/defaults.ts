// Without TensorFlow.js: the settings of a config have the same defaults, and are checked before it is loaded.

export const ONE_CYCLE_DEFAULTS = {
  pctStart: 0.2,
  divFactor: 100,
  finalDivFactor: 1000,
  baseMomentum: 0.85,
  maxMomentum: 0.95,
};
export const COSINE_RESTARTS_DEFAULTS = { cycleMult: 1, gamma: 1 };
export const STEP_DECAY_DEFAULTS = { gamma: 0.1 };
export const PLATEAU_DEFAULTS = { metric: 'loss' as const, gamma: 0.1, patience: 5, threshold: 2e-4 };
export const WARM_UP_DEFAULTS = { startFactor: 0.1 };
