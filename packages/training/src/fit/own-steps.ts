import { checkedBatches } from '@polytag/core';
import type { Progress } from '../run-folder/progress.js';
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
  const { loss, train } = options;
  const { learningRate, reduction, microBatch } = settings;
  const { epoch, batch: fromBatch } = progress;
  if (fromBatch === train.batchesPerEpoch) return;
  let start = performance.now();
  for await (const batch of checkedBatches(train, { role: 'training', epoch, fromBatch })) {
    let done: StepResult;
    try {
      const { step } = progress;
      [done] = await trainStep(models, batch, {
        loss,
        reduction,
        learningRate,
        epoch,
        step,
        microBatch,
        replicas,
      });
      if (!done.skipped) ema?.update();
      assertNotSkippedTooOften(progress, done);
    } catch (error) {
      throw faultOfStep(error, progress, batch);
    }
    yield { steps: [done], images: batch.shape[0], seconds: (performance.now() - start) / 1000 };
    start = performance.now();
  }
}
