/** Weights that were the best on the validation set. */
export interface BestWeights {
  /** Epochs finished when they were found. */
  readonly epoch: number;
  readonly mAP: number;
  /** `ema`: the averaged ones. */
  readonly weights: 'main' | 'ema';
}

/** How far a run is. */
export interface Progress {
  /** Epochs finished: trained, evaluated and logged. */
  epoch: number;
  /** Batches finished of the epoch in progress. */
  batch: number;
  /** Steps finished since the start. */
  step: number;
  /** Sums over the finished batches of the epoch in progress. */
  lossSum: number;
  images: number;
  seconds: number;
  best?: BestWeights;
}

export const beginning = (): Progress => ({ epoch: 0, batch: 0, step: 0, lossSum: 0, images: 0, seconds: 0 });
