import type { RunConfig } from '../config/run-config.js';

/** What a dry run has measured: seconds. */
export interface MeasuredCosts {
  /** Of a training step, for each image of the batch. */
  readonly trainImage: number;
  /** Of an image, for each set of weights that is evaluated after an epoch. Absent without validation images. */
  readonly evaluateImage?: number;
  /** Of an image, for each auxiliary model. */
  readonly evaluateAuxiliary: readonly number[];
  readonly checkpoint: number;
}

/** Images of the data set. */
export interface ImageCounts {
  readonly train: number;
  readonly validation?: number;
}

/** Seconds that a run will take. */
export interface Projection {
  /** Images of a batch, and batches of an epoch. */
  readonly batchSize: number;
  readonly steps: number;
  readonly step: number;
  /** Of one epoch: its training, evaluation (where it has one) and last checkpoint. */
  readonly epoch: { readonly train: number; readonly evaluate: number; readonly checkpoint: number };
  /** Of all epochs, as long as nothing stops them. */
  readonly run: number;
}

type Plan = Pick<
  RunConfig['training'],
  'epochs' | 'batchSize' | 'ema' | 'evaluateEvery' | 'checkpointEvery' | 'keepEvery'
>;

/** What a run of a config costs: steps, evaluations of all weights, auxiliary models after the last epoch, checkpoints. */
export function project(
  { trainImage, evaluateImage = 0, evaluateAuxiliary, checkpoint }: MeasuredCosts,
  { train, validation = 0 }: ImageCounts,
  { epochs, ema, evaluateEvery, checkpointEvery, keepEvery, ...training }: Plan,
): Projection {
  const batchSize = Math.min(training.batchSize, train);
  // The last batch of an epoch is left out when it is not full.
  const steps = Math.floor(train / batchSize);
  const step = batchSize * trainImage;
  const epoch = {
    train: steps * step,
    evaluate: validation * evaluateImage * (ema ? 2 : 1),
    checkpoint,
  };
  const evaluations = Math.ceil(epochs / evaluateEvery);
  const ofAuxiliary = validation * evaluateAuxiliary.reduce((sum, seconds) => sum + seconds, 0);
  const every = (n: number, count: number) => (n === 0 ? 0 : Math.floor(count / n));
  const checkpoints = epochs + every(checkpointEvery, epochs * steps) + every(keepEvery, epochs);
  return {
    batchSize,
    steps,
    step,
    epoch,
    run: epochs * epoch.train + evaluations * epoch.evaluate + ofAuxiliary + checkpoints * checkpoint,
  };
}
