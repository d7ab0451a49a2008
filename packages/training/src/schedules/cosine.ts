import type { Schedule } from './schedule.js';

/** Half a cosine, from `start` at fraction 0 to `end` at fraction 1. */
export function anneal(start: number, end: number, fraction: number): number {
  return end + ((start - end) / 2) * (1 + Math.cos(Math.PI * fraction));
}

export interface CosineOptions {
  /** Units from the peak to the end; after it the rate stays at its end. */
  readonly totalSteps: number;
  /** The end, as a part of the peak. Default 0. */
  readonly minFactor?: number;
}

/** Half a cosine down from the peak (Loshchilov and Hutter, 2017; PyTorch's CosineAnnealingLR). */
export function cosine({ totalSteps, minFactor = 0 }: CosineOptions): Schedule {
  return {
    name: 'cosine',
    at: (step) => ({ factor: anneal(1, minFactor, Math.min(step / totalSteps, 1)) }),
    warmUpFinished: () => true,
  };
}
