import { DivergenceError } from '@polytag/core';
import { assertNotSkippedTooOften, divergedAt, LOWER_THE_RATE } from '../fit/divergence.js';
import type { StepsDone } from '../fit/own-steps.js';
import type { RunParts } from '../fit/run-parts.js';
import { modelsOf } from '../fit/trainable-models.js';
import type { Progress } from '../run-folder/progress.js';
import type { MachinesSettings } from '../settings/machines-settings.js';
import type { StepResult } from '../step/train-step.js';
import { dividedParameters } from './moving-parameters.js';
import { outerStep, ShareMean } from './outer-step.js';
import type { Round, ShareResult, ShareTrainer } from './round.js';
import { weightsFile } from './share-files.js';

/**
 * The steps that are left of an epoch, round by round: the shares train from the common weights, and the outer step merges
 * what they have come to (docs/method.md#machines). The averaged weights take the common ones, once for each step that was
 * not skipped.
 *
 * @throws DivergenceError `training/diverged`; what `trainer` throws
 */
export async function* roundSteps(
  { options, settings, models, ema }: RunParts,
  progress: Progress,
  machines: MachinesSettings,
  trainer: ShareTrainer,
): AsyncGenerator<StepsDone, void, undefined> {
  const { batchesPerEpoch } = options.train;
  const { moving, constant } = dividedParameters(modelsOf(options), models);
  const constants = weightsFile(constant);
  const outer = models.map(({ optimiser }) => optimiser);
  while (progress.batch < batchesPerEpoch) {
    const start = performance.now();
    const { epoch, batch, step } = progress;
    const round: Round = {
      epoch,
      batch,
      step,
      steps: Math.min(machines.steps, batchesPerEpoch - batch),
      microBatch: settings.microBatch,
      ...(progress.schedules && { schedules: progress.schedules }),
      weights: weightsFile(moving),
      constants,
      ...(progress.shares && { states: progress.shares }),
    };
    const results = await trainer.train(round);
    const steps = stepsOf(results, round);
    const mean = new ShareMean(moving);
    for (const result of results) mean.add(await result.weights(), result.images);
    assertRoundNotSkipped(steps, progress, settings.epochs * batchesPerEpoch);
    await outerStep(moving, mean, outer, machines.outerRate);
    const taken = steps.filter(({ skipped }) => !skipped).length;
    if (taken > 0) ema?.update(taken);
    progress.shares = results.map(({ state }) => state);
    yield {
      steps,
      images: results.reduce((sum, { images }) => sum + images, 0),
      seconds: (performance.now() - start) / 1000,
    };
  }
}

/**
 * As each step of a run on one machine: a round may be the whole of a short run.
 *
 * @param of steps of the whole run
 * @throws DivergenceError `training/diverged`
 */
function assertRoundNotSkipped(steps: readonly StepResult[], progress: Progress, of: number): void {
  let { batch, step, skippedInARow } = progress;
  for (const done of steps) {
    try {
      assertNotSkippedTooOften({ skippedInARow }, done, of);
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      throw divergedAt(error, { epoch: progress.epoch, batch, step, skippedInARow });
    }
    skippedInARow = done.skipped ? skippedInARow + 1 : 0;
    batch++;
    step++;
  }
}

/** What each step did, as the mean over the shares, by their images; skipped where a share skipped it. */
function stepsOf(results: readonly ShareResult[], round: Round): StepResult[] {
  results.forEach(({ diverged }, share) => {
    if (diverged === undefined) return;
    throw new DivergenceError('training/diverged', `Share ${share + 1} of ${results.length}: ${diverged}`, {
      hint: LOWER_THE_RATE,
    });
  });
  const images = results.reduce((sum, one) => sum + one.images, 0);
  return Array.from({ length: round.steps }, (_, i) => {
    const mean = (value: (step: StepResult) => number) =>
      results.reduce((sum, { steps, images: own }) => sum + (own / images) * value(steps[i]), 0);
    return {
      loss: mean(({ loss }) => loss),
      mutual: mean(({ mutual }) => mutual),
      gradientNorm: mean(({ gradientNorm }) => gradientNorm),
      skipped: results.some(({ steps }) => steps[i].skipped),
      learningRate: results[0].steps[i].learningRate,
    };
  });
}
