import { STEP_DECAY_DEFAULTS } from './defaults.js';
import type { Schedule } from './schedule.js';

export interface SingleStepOptions {
  /** Units between two decays. */
  readonly stepSize: number;
  /** Default 0.1. */
  readonly gamma?: number;
}

/** Multiplies the learning rate by `gamma` after every `stepSize` units (PyTorch's StepLR). */
export function singleStep({ stepSize, gamma = STEP_DECAY_DEFAULTS.gamma }: SingleStepOptions): Schedule {
  return {
    name: 'single-step',
    at: (step) => ({ factor: gamma ** Math.floor(step / stepSize) }),
    warmUpFinished: () => true,
  };
}

export interface MultiStepOptions {
  /** Units after which the rate decays. */
  readonly milestones: readonly number[];
  /** Default 0.1. */
  readonly gamma?: number;
}

/** Multiplies the learning rate by `gamma` at each of the `milestones` (PyTorch's MultiStepLR). */
export function multiStep({ milestones, gamma = STEP_DECAY_DEFAULTS.gamma }: MultiStepOptions): Schedule {
  return {
    name: 'multi-step',
    at: (step) => ({ factor: gamma ** milestones.filter((milestone) => step >= milestone).length }),
    warmUpFinished: () => true,
  };
}
