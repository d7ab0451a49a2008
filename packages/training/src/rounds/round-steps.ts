import { DivergenceError } from '@polytag/core';
import { assertNotSkippedTooOften, LOWER_THE_RATE } from '../fit/divergence.js';
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
 * what they have come to (docs/method.md#machines). The averaged weights take the common ones, once for each step.
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
    let { skippedInARow } = progress;
    for (const done of steps) {
      assertNotSkippedTooOften({ skippedInARow }, done);
      skippedInARow = done.skipped ? skippedInARow + 1 : 0;
    }
    await outerStep(moving, mean, outer, machines.outerRate);
    ema?.update(round.steps);
    progress.shares = results.map(({ state }) => state);
    yield {
      steps,
      images: results.reduce((sum, { images }) => sum + images, 0),
      seconds: (performance.now() - start) / 1000,
    };
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
