import { checkedBatches } from '@polytag/core';
import { inputShapeOf } from '@polytag/evaluation';
import type { Progress } from '../run-folder/progress.js';
import { sourceOfNaN } from '../step/source-of-nan.js';
import { trainStep, type StepResult } from '../step/train-step.js';
import { assertNotSkippedTooOften, faultOfStep } from './divergence.js';
import type { RunParts } from './run-parts.js';

/** Steps that are done: one, or those of a round. */
export interface StepsDone {
  /** What each did with the main model. */
  readonly steps: readonly StepResult[];
  /** Of each step. */
  readonly images: number;
  /** All of them took, the wait for batches included. */
  readonly seconds: number;
}

/** The steps that are left of an epoch, taken here: one for each batch. */
export async function* ownSteps(
  { options, settings, models, ema, replicas }: RunParts,
  progress: Progress,
): AsyncGenerator<StepsDone, void, undefined> {
  const { loss, train, model } = options;
  const { learningRate, reduction, microBatch } = settings;
  const { epoch, batch: fromBatch } = progress;
  if (fromBatch === train.batchesPerEpoch) return;
  let start = performance.now();
  const imageShape = inputShapeOf(model, train.kind);
  for await (const batch of checkedBatches(train, { role: 'training', epoch, fromBatch, imageShape })) {
    let done: StepResult;
    const { step } = progress;
    const of = { loss, reduction, epoch, step, microBatch };
    try {
      [done] = await trainStep(models, batch, { ...of, learningRate, replicas });
      if (!done.skipped) ema?.update();
      assertNotSkippedTooOften(progress, done, settings.epochs * train.batchesPerEpoch);
    } catch (error) {
      throw await faultOfStep(error, progress, batch, () => sourceOfNaN(models, batch, of));
    }
    yield { steps: [done], images: batch.shape[0], seconds: (performance.now() - start) / 1000 };
    start = performance.now();
  }
}
