import { DivergenceError, notFiniteIn, PartError, type Batch } from '@polytag/core';
import { squaredNorm } from '@polytag/engine';
import { variableOf, type Parameter } from '@polytag/layers';
import type { Progress, StepPlace } from '../run-folder/progress.js';
import type { StepResult } from '../step/train-step.js';

export const LOWER_THE_RATE =
  'Lower the learning rate, e.g. --set training.learningRate=0.001, or clip gradients: --set training.clipGradient=1. Saved checkpoints are intact.';

/** No update has been made before the first batch, so the rate is not to blame. */
const BEFORE_ANY_UPDATE =
  'No weight had been updated yet, so a lower learning rate does not help. The weights that training starts from, the head, the backbone or the loss give NaN or infinity: check model.weights and your own parts.';

/** Steps in a row that are skipped at most: a gradient that overflows now and then passes, one that stays does not. */
export const MOST_SKIPPED = 10;

/**
 * @param steps steps of the whole run: one that is shorter than the limit must not end with every step skipped
 * @throws DivergenceError `training/diverged` when a step is one too many that is skipped; it is not counted yet
 */
export function assertNotSkippedTooOften(
  { skippedInARow }: Pick<Progress, 'skippedInARow'>,
  { gradientNorm, skipped }: StepResult,
  steps = Infinity,
): void {
  const most = Math.min(MOST_SKIPPED, steps);
  if (!skipped || skippedInARow + 1 < most) return;
  throw new DivergenceError(
    'training/diverged',
    `The gradient was NaN or infinite in ${most < MOST_SKIPPED ? `all steps (${most})` : `${MOST_SKIPPED} steps in a row`}; its norm is ${gradientNorm}.`,
  );
}

/**
 * Loss and gradient are checked before an update; what the update made of the weights, before they are kept.
 *
 * @throws DivergenceError `training/diverged`
 */
export async function assertFiniteWeights(
  parameters: readonly Parameter[],
  { epoch, step }: StepPlace,
): Promise<void> {
  if (Number.isFinite(await squaredNorm(parameters.map(variableOf)))) return;
  throw new DivergenceError(
    'training/diverged',
    `Epoch ${epoch + 1}: after step ${step} the weights contain NaN or infinity.`,
    { hint: LOWER_THE_RATE },
  );
}

/** Where a step was that threw. */
interface FaultPlace extends StepPlace {
  /** As in {@link Progress}. Default 0. */
  readonly skippedInARow?: number;
}

/**
 * What ends a run whose step threw: a divergence says in which batch, and whether the batch itself or the user's own part
 * is to blame.
 *
 * @param find see `sourceOfNaN`
 */
export async function faultOfStep(
  cause: unknown,
  { epoch, batch, step, skippedInARow = 0 }: FaultPlace,
  given: Batch,
  find: () => Promise<string | undefined>,
): Promise<unknown> {
  if (!(cause instanceof DivergenceError)) return cause;
  const place = `Epoch ${epoch + 1}, batch ${batch + 1}`;
  const bad = notFiniteIn(given);
  if (bad !== undefined) {
    return new PartError('part/batch', `${place} of the training batch source: ${bad}.`, {
      hint: 'Fix the source: pixels and targets must be finite. A lower learning rate does not help. Saved checkpoints are intact.',
      cause,
    });
  }
  const own = await find();
  if (own !== undefined && step === skippedInARow) {
    return new PartError('part/not-finite', `${place}: ${own}.`, {
      hint: 'No weight had been updated yet, so a lower learning rate does not help. Check logarithms, roots, divisions and initial weights there.',
      cause,
    });
  }
  return divergedAt(cause, { epoch, batch, step, skippedInARow }, own);
}

/** A divergence with the batch that it was in, and what to do. */
export function divergedAt(
  cause: DivergenceError,
  { epoch, batch, step, skippedInARow }: Required<FaultPlace>,
  source?: string,
): DivergenceError {
  const place = `Epoch ${epoch + 1}, batch ${batch + 1}`;
  const told = source === undefined ? '' : ` Its source: ${source}.`;
  const guard = source === undefined ? '' : ' Or guard logarithms, roots and divisions there.';
  return new DivergenceError(cause.code, `${place}: ${cause.message}${told}`, {
    hint: (step === skippedInARow ? BEFORE_ANY_UPDATE : LOWER_THE_RATE) + guard,
    cause,
  });
}
